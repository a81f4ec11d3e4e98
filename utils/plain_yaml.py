"""YAML whose values are texts: no `no` that is false, no key twice, `${NAME}` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 2**18
_REFERENCE = re.compile(r"\$\{(\w+)\}")
_NULL = "tag:yaml.org,2002:null"
_TAGS = (_NULL, *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")))

Place = tuple[str | int, ...]  # ("fallbacks", "gpt-4o", 0) is fallbacks.gpt-4o[0]


class Unreadable(ValueError):
    """Every complaint about a file, with its place. None shows a value: it may be a secret."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


def read(path: Path, environ: Mapping[str, str]) -> object:
    """Texts, None, and lists and mappings of them. Raises Unreadable."""
    reading = _Reading(environ)
    try:
        root = yaml.compose(_text(path), Loader=_Composer)
        value = reading.value(root, ()) if root else None
    except OSError as error:
        raise Unreadable([f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise Unreadable(["is not UTF-8 text"]) from None
    except RecursionError:
        raise Unreadable(["is nested too deeply"]) from None
    except yaml.YAMLError as error:
        raise Unreadable([_where(error)]) from None
    if reading.complaints:
        raise Unreadable(reading.complaints)
    return value


def complaint(place: Place, what: str) -> str:
    path = ""
    for step in place:
        spelled = step if isinstance(step, int) or step.strip() == step != "" else repr(step)
        path += f"[{step}]" if isinstance(step, int) else f".{spelled}"
    return f"{path.removeprefix('.')}: {what}" if path else what


def _text(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise Unreadable([f"is larger than {_LARGEST // 1024} KiB"])
    return raw.decode("utf-8")


def _where(error: yaml.YAMLError) -> str:
    """Without the line itself, which PyYAML would show."""
    match error:
        case yaml.MarkedYAMLError(problem=str(problem), problem_mark=yaml.Mark() as mark):
            return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    return "holds a character that YAML does not allow"


class _Composer(yaml.SafeLoader):
    """YAML reads `no`, `012` and `22:30` as false, ten and 1350. Here a word is a text,
    whatever it looks like, unless it is null. With `*name` a file could mean endless ones.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  # as PyYAML has it
        letter: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="*name is not supported", problem_mark=mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Keeps every complaint, so that all are told at once."""

    environ: Mapping[str, str]
    complaints: list[str] = field(default_factory=list)

    def complain(self, place: Place, what: str) -> None:
        self.complaints.append(complaint(place, what))

    def value(self, node: yaml.Node, place: Place) -> object:
        if node.tag not in _TAGS:
            self.complain(place, f"has a tag, {node.tag}, which is not supported")
        match node:
            case yaml.MappingNode():
                return self.mapping(node, place)
            case yaml.SequenceNode():
                return [self.value(each, (*place, at)) for at, each in enumerate(node.value)]
        return None if node.tag == _NULL else self.filled(node.value, place)

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        entries: dict[str, object] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self.complain(place, "has a list or a mapping for a name")
                continue
            here = (*place, name.value)
            if name.value in entries:
                self.complain(here, "is there twice")
            entries[name.value] = self.value(value, here)
        return entries

    def filled(self, text: str, place: Place) -> str:
        """An empty variable counts as unset, as it does for the settings."""
        if "${" in _REFERENCE.sub("", text):
            self.complain(place, "has a ${ that is not the beginning of ${NAME}")
        for name in _REFERENCE.findall(text):
            if not self.environ.get(name):
                self.complain(place, f"${{{name}}} is not set in the environment")
        return _REFERENCE.sub(lambda match: self.environ.get(match[1], ""), text)
