"""A conversation as the one flat prompt that 1min.ai takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    turns = [f" {_speaker(message)}:\n{_body(message)}" for message in messages]
    if messages[-1].role != "assistant":
        turns.append(f" {SPEAKERS['assistant']}:")
    mark = _mark(turns)
    return mark + f"\n\n{mark}".join(turns)


def _mark(turns: Sequence[str]) -> str:
    headings = (_HEADING.finditer(turn) for turn in turns if "### " in turn)
    taken = {found["number"] for own in headings for found in own}
    if None not in taken:
        return "###"
    return next(f"### {number}." for number in count(1) if str(number) not in taken)


def _speaker(message: Message) -> str:
    who = message.name or message.call_id
    speaker = SPEAKERS[message.role]
    return f"{speaker} ({who})" if who else speaker


def _body(message: Message) -> str:
    if not message.tool_calls:
        return message.text
    calls = [
        f"(called {call.name}, {call.id or 'no id'}: {call.arguments})"
        for call in message.tool_calls
    ]
    return "\n".join([*filter(None, [message.text]), *calls])
