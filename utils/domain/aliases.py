"""The names clients hard-code, and which of the served models each one means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Self

from utils.domain.catalog import Catalog

_LONGEST_NAME = 256  # a client's name may be megabytes, and the patterns below read all of it
_NAMES = 1024  # that are read once: every chat model's for each name that is none of them
_VERSION = r"\d{1,3}(?:[.-]\d{1,2})?"

# A model's line: what the groups hold is the same in every version.
_LINES = tuple(
    re.compile(pattern.replace("VERSION", _VERSION))
    for pattern in (
        r"(?:claude-)?(?:VERSION-)?(sonnet|opus|haiku|fable)(?:-VERSION)?",
        r"(gemini)(?:-VERSION)?-(flash-lite|flash|pro)(?:-preview|-exp)?",
        r"(?:gpt-VERSION-)?(codex(?:-mini|-max)?)",
        r"(o)VERSION(-mini|-pro)?(?:-preview)?",
        r"(deepseek)-(?:vVERSION-)?(flash|pro)",
    )
)

# What took a name's place, the nearest first. Tried when the name's own line is gone.
_SUCCESSORS = tuple(
    (re.compile(pattern.replace("VERSION", _VERSION)), names)
    for pattern, names in (
        (r"(?:gpt-VERSION-)?codex-(?:mini|max)", ("codex",)),
        (r"(gpt-VERSION)-chat", (r"\1",)),
        (r"chatgpt-4o", ("gpt-4o",)),
        (r"gpt-4(?:-32k)?", ("gpt-4o", "gpt-4.1", "gpt-4-turbo")),
        (r"gpt-4-(?:turbo|vision|\d{4})-preview", ("gpt-4-turbo", "gpt-4o")),
        (r"gpt-4\.5-preview", ("gpt-4.1", "gpt-4o")),
        (r"deepseek-(?:chat|reasoner)", ("deepseek-flash",)),
        (r"deepseek-v3(?:\.\d)?", ("deepseek-chat", "deepseek-flash")),
        (r"(?:open-)?mistral-nemo", ("open-mistral-nemo", "mistral-nemo")),
    )
)

# What says who sells a model, where it runs or how long its context is, but not which it is.
_WRAPPING = re.compile(
    r"(?:models|openai|anthropic|google|mistralai|x-ai|deepseek|meta|meta-llama|moonshotai)/(.+)"
    r"|(?:[a-z]{2,6}\.)?anthropic\.(claude-.+?)(?:-v\d{1,3}(?::\d{1,3})?)?"
)
_DATE = re.compile(r"(?:-latest|[-@](?:\d{4}-\d\d-\d\d|\d\d-\d{4}|\d\d-\d\d|\d{8}|\d{3,4}))\Z")


def resolve(name: str, catalog: Catalog, aliases: Mapping[str, str]) -> str | None:
    """The id of the served model that `name` means, or None for a name nobody knows.

    An id of the catalog means itself, whatever else it could mean and whether it chats or
    not. Otherwise the operator's aliases are followed as far as they lead, and what they lead
    to is looked up among the chat models, in this order: the same model under another
    spelling, that is without a vendor (`openai/`, `us.anthropic.`), a date, `-latest` or
    Claude Code's `[1m]`; the same version of the same line (Sonnet, Gemini Flash, Codex); the
    newest of that line; what took its place. A line is never left for another, and only the
    lines and successors listed here are known: a GPT of another number is another model, at
    another price.
    """
    if len(name) > _LONGEST_NAME:
        return None
    wanted = followed(name, catalog, aliases)
    if wanted in catalog.models:
        return wanted
    chats = [(_Name.of(model.id), model.id) for model in catalog.models.values() if model.chat]
    for candidate in _candidates(_Name.of(wanted)):
        if meant := _meant(candidate, chats):
            return meant
    return None


def followed(name: str, catalog: Catalog, aliases: Mapping[str, str]) -> str:
    """Where the operator's aliases lead from `name`, which may be a model served elsewhere.

    An alias for `sonnet` also serves `anthropic/sonnet` and `sonnet[1m]`.
    """
    for _ in aliases:  # no way is longer than all of them, unless it goes in a circle
        alias = next((key for key in (name, _unwrapped(name)) if key in aliases), None)
        if alias is None or not catalog.models.keys().isdisjoint((name, alias)):
            break
        name = aliases[alias]
    return name


@dataclass(frozen=True, slots=True)
class _Name:
    """A model's name, read: `bare` says all about the model, `stem` leaves out the date."""

    bare: str
    stem: str
    line: tuple[str | None, ...] | None
    version: tuple[int, int]

    @classmethod
    @lru_cache(maxsize=_NAMES)
    def of(cls, text: str) -> Self:
        bare = _unwrapped(text)
        stem = _DATE.sub("", bare)
        lines = (match.groups() for each in _LINES if (match := each.fullmatch(stem)))
        line = next(lines, None)
        # Only what is in a line has few digits. 4, 4.0 and 4-0 are the same version.
        numbers = map(int, re.findall(r"\d+", stem) if line else ())
        return cls(bare, stem, line, (next(numbers, 0), next(numbers, 0)))


_Chats = Sequence[tuple[_Name, str]]


def _unwrapped(text: str) -> str:
    text = text.removesuffix("[1m]")
    match = _WRAPPING.fullmatch(text)
    return (match[1] or match[2]) if match else text


def _candidates(wanted: _Name) -> Iterator[_Name]:
    yield wanted
    for pattern, successors in _SUCCESSORS:
        if match := pattern.fullmatch(wanted.stem):
            yield from (_Name.of(match.expand(successor)) for successor in successors)


def _meant(wanted: _Name, chats: _Chats) -> str | None:
    same = [id for name, id in chats if name.stem == wanted.stem]
    return max(same or _kin(wanted, chats), key=partial(_closeness, wanted.bare), default=None)


def _kin(wanted: _Name, chats: _Chats) -> list[str]:
    """The models of the same line and version, else those of the line's newest version."""
    if wanted.line is None:
        return []
    kin = [(name.version, id) for name, id in chats if name.line == wanted.line]
    versions = {version for version, _ in kin}
    chosen = wanted.version if wanted.version in versions else max(versions, default=None)
    return [id for version, id in kin if version == chosen]


def _closeness(bare: str, id: str) -> tuple[object, ...]:
    """Orders ids of one version: the very name, its date, released, undated, plain, newer."""
    undated = id.endswith("-latest")
    return id == bare, bare in id, "preview" not in id, undated, -len(id), id
