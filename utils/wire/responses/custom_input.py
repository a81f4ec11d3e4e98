"""The free text that a custom tool takes.

Models are told of a tool with one argument, `input`. Here the text is read out of those
arguments, which are JSON, while they come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any

import regex

from utils.letters import Letters, joined

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"input": {"type": "string", "description": "The whole input, as it is."}},
    "required": ["input"],
    "additionalProperties": False,
}

_HEAD = regex.compile(r'\s*+\{\s*+"input"\s*+:\s*+"')
_HEX = "[0-9a-fA-F]"
# As many whole letters as there are. A \u without its number is a u.
_LETTERS = re.compile(
    rf'(?:[^"\\]++|\\u{_HEX}{{4}}|\\u(?={_HEX}{{0,3}}[^0-9a-fA-F])|\\[^u])*+', re.DOTALL
)
_ESCAPE = re.compile(rf"\\(?:u({_HEX}{{4}})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class CustomInput:
    """The text in the arguments of one call, which may be cut anywhere."""

    def __init__(self) -> None:
        self._reading = _reading()
        next(self._reading)

    def feed(self, piece: str) -> str:
        """What it adds to the text."""
        return self._reading.send(piece)

    def end(self) -> str:
        """What the text still lacks."""
        return self._reading.send(None)


def custom_input(arguments: str) -> str:
    reader = CustomInput()
    return reader.feed(arguments) + reader.end()


def _reading() -> Generator[str, str | None, None]:
    """Takes pieces, then None; gives what each adds."""
    text, head = "", None
    while head is None or head.partial:
        piece = yield ""
        if piece is None:
            yield "" if head else _otherwise(text)
            return
        text += piece
        head = _HEAD.match(text, partial=True)
    yield from _string(text[head.end() :])


def _string(rest: str) -> Generator[str, str | None, None]:
    letters = Letters()
    while True:
        whole = _LETTERS.match(rest)
        assert whole  # it matches nothing, too
        told, rest = letters.add(_unescaped(whole[0])), rest[whole.end() :]
        if rest.startswith('"'):
            break
        piece = yield told
        if piece is None:
            told = ""
            break
        rest += piece
    told += letters.rest()
    while True:  # what comes after the text is none of it
        yield told
        told = ""


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_letter, text) if "\\" in text else text


def _letter(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPED.get(escape[2], escape[2])


def _otherwise(arguments: str) -> str:
    """The text in arguments that begin with something else; where there is none in them, the
    model has taken free text at its word.
    """
    try:
        value = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return arguments
    text = value.get("input") if isinstance(value, dict) else None
    return joined(text) if isinstance(text, str) else arguments
