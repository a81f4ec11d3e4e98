"""What the words of a turn ask the scripted model to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

NAME = r"([\w.-]{1,64})"
CALL = re.compile(rf"\bcall {NAME} with (?=\{{)", re.IGNORECASE)
FIRST = re.compile(r"\bfirst say (.{1,2000}?),? then (?=call\b)", re.IGNORECASE | re.DOTALL)
PLAN = re.compile(r"\bplan:\s*", re.IGNORECASE)
STEP = re.compile(rf"(?!say\b){NAME}\s*(?=\{{)")
NEXT = re.compile(r"\s*([;+])\s*")
FINALLY = re.compile(r"say (?:exactly: )?(.+)", re.IGNORECASE | re.DOTALL)
SAY = re.compile(r"\bsay exactly:[ \t]*(.+)", re.IGNORECASE | re.DOTALL)
THINK = re.compile(r"\bthink: (.{1,2000}?)\.(?:\s+|$)", re.IGNORECASE | re.DOTALL)
ANSWER = re.compile(r"\banswer with (?=\S)", re.IGNORECASE)
RESULT = "{result}"


@dataclass(frozen=True, slots=True)
class Call:
    """`arguments` is JSON, word for word as it was asked for."""

    name: str
    arguments: str

    def given(self, result: str | None) -> Call:
        return replace(self, arguments=filled_json(self.arguments, result))


@dataclass(frozen=True, slots=True)
class Script:
    """The calls of each round, and what to say after the last."""

    steps: tuple[tuple[Call, ...], ...] = ()
    final: str | None = None
    before: str = ""

    @classmethod
    def of(cls, text: str) -> Script | None:
        """Whatever stands behind `say exactly:` is to be said, not done."""
        say = SAY.search(text)
        head = text[: say.start()] if say else text
        if (begun := PLAN.search(head)) and (planned := _plan(text, begun.end())):
            return planned
        first, calls = FIRST.search(head), tuple(_calls(head))
        if not calls and not say:
            return None
        return cls(
            (calls,) if calls else (), say[1] if say else None, first[1] if first else ""
        )


def thought(text: str) -> tuple[str, str]:
    """What is to be thought aloud, and the text without the words that ask for it."""
    say, think = SAY.search(text), THINK.search(text)
    if not think or (say and say.start() < think.start()):
        return "", text
    return think[1], text[: think.start()] + text[think.end() :]


def json_answer(text: str) -> str | None:
    """The JSON to answer with, word for word."""
    for match in ANSWER.finditer(text):
        if found := decoded(text, match.end()):
            return text[match.end() : found[1]]
    return None


def filled(text: str, result: str | None) -> str:
    """With what a tool returned in it."""
    return text if result is None else text.replace(RESULT, result)


def filled_json(text: str, result: str | None) -> str:
    """The same for JSON, where only a string can hold a place for it."""
    return filled(text, result and json.dumps(result, ensure_ascii=False)[1:-1])


def decoded(text: str, at: int) -> tuple[Any, int] | None:
    """The JSON that begins there, and where it ends."""
    try:
        return json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None  # prose may hold brackets that are no JSON


def _calls(text: str) -> Iterator[Call]:
    at = 0
    while match := CALL.search(text, at):
        found = decoded(text, match.end())
        at = found[1] if found else match.end()
        if found:
            yield Call(match[1], text[match.end() : at])


def _plan(text: str, at: int) -> Script | None:
    steps: list[tuple[Call, ...]] = []
    joined = False
    while match := STEP.match(text, at):
        found = decoded(text, match.end())
        if not found:
            return None
        call = Call(match[1], text[match.end() : found[1]])
        steps[-1:] = [(*steps[-1], call)] if joined else [*steps[-1:], (call,)]
        separator = NEXT.match(text, found[1])
        if not separator:
            return Script(tuple(steps))
        joined, at = separator[1] == "+", separator.end()
    final = FINALLY.match(text, at)
    return Script(tuple(steps), final[1] if final else None) if steps else None
