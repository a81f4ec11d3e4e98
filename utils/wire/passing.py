"""Bodies that go on as they came, but for a few values: every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from utils.domain.passing import Pieces
from utils.errors import InvalidRequest

_value = json.JSONDecoder().raw_decode  # at a place in a text, and where it ends
_BLANK = re.compile(r"[ \t\r\n]*")

# What a model reads, by the names that OpenAI's endpoints, Cohere's and Jina's have for it.
_READ = (
    *("messages", "prompt", "suffix", "input", "instructions", "tools", "response_format"),
    *("query", "documents"),
)
MOST = 10**9  # tokens; no answer is as long
_LIMITS = ("max_completion_tokens", "max_tokens", "n_predict")  # a server may heed any
_CHOICES = ("n", "best_of")


@dataclass(frozen=True, slots=True)
class Member:
    """`start` and `end` are where its value stands in the text."""

    value: Any
    start: int
    end: int


class SentBody(Protocol):
    """What a client sent. `words` are what a model reads of it, as far as that is text."""

    def model(self) -> str:
        """Empty where it names none. Raises InvalidRequest."""

    def streams(self) -> bool: ...
    def words(self) -> str: ...
    def limit(self, most: int) -> int:
        """On the tokens of all answers together. One without a limit has at most `most`."""

    def with_(self, model: str, arguments: Mapping[str, Any]) -> Pieces:
        """For the model of this name, and with those arguments that are not there."""


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON object, with the place of each member's value."""

    raw: bytes
    text: str
    members: Mapping[str, Member] = field(repr=False)

    @classmethod
    def read(cls, raw: bytes) -> Self | None:
        """None for what is no JSON object. Raises InvalidRequest for a name that is there
        twice: two readers may take two different values.
        """
        try:
            text = raw.decode()
            return cls(raw, text, dict(_members(text)))
        except (ValueError, RecursionError):
            return None

    def model(self) -> str:
        name = self._value("model")
        if name is not None and not isinstance(name, str):
            raise InvalidRequest("model: must be a string", param="model")
        return name or ""

    def streams(self) -> bool:
        return self._value("stream") is True

    def words(self) -> str:
        return "\n".join(text for name in _READ for text in _texts(self._value(name)))

    def limit(self, most: int) -> int:
        limits = [n for name in _LIMITS if (n := self._value(name)) is not None]
        each = max((_count(limit, most) for limit in limits), default=most)
        choices = max(_count(self._value(name), 1) for name in _CHOICES)
        return min(each * choices * _prompts(self._value("prompt")), MOST)

    def with_(self, model: str, arguments: Mapping[str, Any]) -> Pieces:
        named = self.members.get("model")
        missing = {name: value for name, value in arguments.items() if name not in self.members}
        if named and named.value == model and not missing:
            return [self.raw]
        text = self.text
        if named:
            text = text[: named.start] + json.dumps(model) + text[named.end :]
        else:
            missing = {"model": model, **missing}
        added = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in missing.items()]
        opening = text.index("{") + 1
        between = ", " if added and self.members else ""
        return [(text[:opening] + ", ".join(added) + between + text[opening:]).encode()]

    def _value(self, name: str) -> Any:
        member = self.members.get(name)
        return member.value if member else None


def _members(text: str) -> Iterator[tuple[str, Member]]:
    seen: set[str] = set()
    at = _sign(text, 0, "{")
    if text[at : at + 1] == "}":
        at += 1
    while text[at - 1] != "}":
        name, at = _value(text, at)
        if not isinstance(name, str):
            raise ValueError("a name is a text")
        if name in seen:
            raise InvalidRequest(f"{name[:100]}: is there twice", param=name[:100])
        seen.add(name)
        start = _sign(text, at, ":")
        value, end = _value(text, start)
        yield name, Member(value, start, end)
        at = _sign(text, end, ",}")
    if _BLANK.fullmatch(text, at) is None:
        raise ValueError("there is more")


def _sign(text: str, at: int, signs: str) -> int:
    """Where what follows the sign begins."""
    at = _after(text, at)
    if text[at : at + 1] not in (*signs,):
        raise ValueError(f"no {signs}")
    return _after(text, at + 1) if text[at] != "}" else at + 1


def _after(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _texts(value: Any) -> Iterator[str]:
    """Without pictures and recordings, which no model reads as letters."""
    match value:
        case str():
            yield value if not value.startswith("data:") else ""
        case [int(), *_]:
            yield " a" * len(value)  # tokens, one each
        case list():
            for each in value:
                yield from _texts(each)
        case {"type": "input_audio" | "file"}:
            return
        case dict():
            for each in value.values():
                yield from _texts(each)


def _count(value: Any, otherwise: int) -> int:
    """The larger where one server may take it for a number, and another as nothing."""
    if isinstance(value, int) and value is not True and value > 0:
        return min(value, MOST)
    try:
        return max(otherwise, int(min(float(value), MOST)))
    except (TypeError, ValueError, OverflowError):
        return otherwise


def _prompts(value: Any) -> int:
    match value:
        case [str() | list(), *_]:
            return len(value)
    return 1


@dataclass(frozen=True, slots=True)
class FormBody:
    """A form of several parts: what its fields say, and all of its bytes when they are read."""

    fields: Mapping[str, Sequence[str]]
    boundary: str
    read: Callable[[], bytes]

    def model(self) -> str:
        names = self.fields.get("model", ())
        if len(names) > 1:
            raise InvalidRequest("model: is there twice", param="model")
        return names[0] if names else ""

    def streams(self) -> bool:
        return "true" in self.fields.get("stream", ())

    def words(self) -> str:
        return ""

    def limit(self, most: int) -> int:
        return most

    def with_(self, model: str, arguments: Mapping[str, Any]) -> Pieces:
        missing = {name: value for name, value in arguments.items() if name not in self.fields}
        raw = self.read()
        if "model" in self.fields and self.model() != model:
            start, end = self._model(raw)
            whole = memoryview(raw)
            return [self._added(missing), whole[:start], model.encode(), whole[end:]]
        if "model" not in self.fields:
            missing = {"model": model, **missing}
        return [self._added(missing), raw]

    def _model(self, raw: bytes) -> tuple[int, int]:
        """Where the value stands. The mark before a part can stand in no file."""
        mark = re.escape(b"--" + self.boundary.encode())
        part = re.compile(
            rb"(?:\A|\r\n)" + mark + rb"[ \t]*\r\n(?:[^\r\n]+\r\n)*?"
            rb'content-disposition:[^\r\n]*[; \t]name="?model"?(?:;[^\r\n]*)?\r\n'
            rb"(?:[^\r\n]+\r\n)*?\r\n(.*?)\r\n" + mark,
            re.IGNORECASE | re.DOTALL,
        )
        found = part.search(raw)
        if found is None:
            raise InvalidRequest("model: is not where a form has its fields", param="model")
        return found.span(1)

    def _added(self, fields: Mapping[str, Any]) -> bytes:
        lines = []
        for name, value in fields.items():
            head = f'Content-Disposition: form-data; name="{name}"'
            text = value if isinstance(value, str) else json.dumps(value)
            lines += [f"--{self.boundary}", head, "", text]
        return "".join(f"{line}\r\n" for line in lines).encode()
