"""How a chat asks for another picture like one it has shown: with `[_V2_]`, or `/v2 URL`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from utils.domain.chat import Message
from utils.errors import InvalidRequest

_MARK = re.compile(r"`?\[_V([1-4])_\]`?", re.IGNORECASE)
_COMMAND = re.compile(r"(?<!\S)/v[1-4]\s+(https?://[^\s<>()\"']+)", re.IGNORECASE)
_SHOWN = re.compile(r"!\[([^\[\]\n]{0,200})\]\((https?://[^\s)]+)\)")
_NUMBERED = re.compile(r"(?:Image|Variation) (\d{1,3})")


@dataclass(frozen=True, slots=True)
class VariationAsked:
    """`image` is a URL. `rest` is what else was said."""

    image: str
    rest: str


def mark(number: int) -> str:
    """What a chat writes under a picture, to be sent back."""
    return f"`[_V{number}_]`"


def asked_variation(text: str, before: Sequence[Message]) -> VariationAsked | None:
    """What `text` asks for, where `before` are the messages it follows.

    Raises InvalidRequest for a mark where no picture was shown.
    """
    if found := _MARK.search(text):
        return VariationAsked(_shown(int(found[1]), before), _without(found, text))
    if found := _COMMAND.search(text):
        return VariationAsked(found[1], _without(found, text))
    return None


def _shown(number: int, before: Sequence[Message]) -> str:
    """In the latest answer with pictures. With too few of them, the first."""
    for message in reversed(before):
        if message.role == "assistant" and (shown := _SHOWN.findall(message.text)):
            urls = dict(enumerate((url for _, url in shown), 1))
            return _numbered(shown).get(number) or urls.get(number, urls[1])
    raise InvalidRequest("No answer in this chat has a picture to vary.", param="messages")


def _numbered(shown: Iterable[tuple[str, str]]) -> dict[int, str]:
    """By the number that a picture was given: its place may have changed since."""
    return {int(found[1]): url for title, url in shown if (found := _NUMBERED.fullmatch(title))}


def _without(found: re.Match[str], text: str) -> str:
    return (text[: found.start()] + text[found.end() :]).strip()
