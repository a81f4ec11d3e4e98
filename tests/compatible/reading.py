"""Answers as OpenAI-compatible servers send them, and what was understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from utils.compatible.chat import read_stream
from utils.domain.chat import ArgumentsDelta, Event, TextDelta
from utils.errors import RelayError

Read = Callable[[Iterable[bytes], Callable[[], str]], Iterator[list[Event]]]
Outcome = tuple[list[Event], tuple[type[RelayError], str] | None]

DONE = "data: [DONE]\n\n"


def data(value: object) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def chunk(reason: str | None = None, index: int = 0, **delta: Any) -> str:
    return data({"choices": [{"index": index, "delta": delta, "finish_reason": reason}]})


def content(*texts: str) -> str:
    return "".join(chunk(content=text) for text in texts)


def piece(
    index: int | None = None, name: str = "", arguments: Any = None, **fields: Any
) -> dict[str, Any]:
    """What a delta tells of one call."""
    function = {"name": name, "arguments": arguments}
    told = {key: value for key, value in function.items() if value not in ("", None)}
    return {**({} if index is None else {"index": index}), "function": told, **fields}


def calls(*pieces: dict[str, Any]) -> str:
    """One chunk each."""
    return "".join(chunk(tool_calls=[told]) for told in pieces)


def numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"made_{next(numbers)}"


def outcome(parts: Iterable[bytes], read: Read = read_stream) -> Outcome:
    """All events, and the failure after them. Texts that follow each other are one."""
    told: list[Event] = []
    try:
        for batch in read(parts, numbered()):
            for event in batch:
                _add(told, event)
    except RelayError as error:
        return told, (type(error), error.message)
    return told, None


def _add(told: list[Event], event: Event) -> None:
    last = told[-1] if told else None
    match event:
        case TextDelta(text) if isinstance(last, TextDelta):
            told[-1] = TextDelta(last.text + text)
        case ArgumentsDelta(text) if isinstance(last, ArgumentsDelta):
            told[-1] = ArgumentsDelta(last.text + text)
        case _:
            told.append(event)
