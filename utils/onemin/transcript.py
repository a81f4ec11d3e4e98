"""A conversation as the one flat prompt that 1min.ai takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

from utils.domain.chat import Message

SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool result"}
_HEADING = re.compile(rf"### (?:(?P<number>\d{{1,9}})\. )?(?:{'|'.join(SPEAKERS.values())})")


def transcript(messages: Sequence[Message]) -> str:
    """A lone user message as it is; otherwise each turn under a heading, and a last heading
    that hands the word to the assistant. No text is altered.

    Like a multipart boundary, the mark that begins a heading is one that no text contains, so
    that no text can pose as another role.
    """
    match messages:
        case [Message(role="user") as only]:
            return only.text
    mark = _mark(messages)
    turns = [f"{_heading(mark, message)}\n{_body(message)}" for message in messages]
    if messages[-1].role != "assistant":
        turns.append(f"{mark} {SPEAKERS['assistant']}:")
    return "\n\n".join(turns)


def _mark(messages: Sequence[Message]) -> str:
    taken = {
        found["number"]
        for m in messages
        for text in _texts(m)
        for found in _HEADING.finditer(text)
    }
    if None not in taken:
        return "###"
    return next(f"### {number}." for number in count(1) if str(number) not in taken)


def _texts(message: Message) -> Iterator[str]:
    """Everything in it that a client wrote."""
    yield message.text
    yield message.name
    yield message.call_id
    for call in message.tool_calls:
        yield from (call.id, call.name, call.arguments)


def _heading(mark: str, message: Message) -> str:
    who = message.name or message.call_id
    speaker = SPEAKERS[message.role]
    return f"{mark} {speaker} ({who}):" if who else f"{mark} {speaker}:"


def _body(message: Message) -> str:
    calls = [
        f"(called {call.name}, {call.id or 'no id'}: {call.arguments})"
        for call in message.tool_calls
    ]
    return "\n".join([*filter(None, [message.text]), *calls])
