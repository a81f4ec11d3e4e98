"""A flat prompt as the conversation it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]
ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
# A role opens the line: "User:", "### 1. Assistant", "[user]", "<|user|>", "**Human:** hello",
# "### Tool result (add, call 1 of 2):".
HEADING = re.compile(
    r"^(?P<mark>[ \t]{0,8}[#*\[<|]{0,8}[ \t]{0,8}(?:\d{1,9}\. )?)"
    rf"(?P<role>{'|'.join(ROLES)})\b(?: result)?(?: \([^()\n]{{0,200}}\))?"
    r"(?:[ \t]{0,8}(?P<end>[\]>|*:]{1,8})[ \t]*|[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
AGAIN = re.compile(r"\bwrite\b[^.]{0,40}\bagain\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Without the answers that the model was asked to write again; `again` tells of them."""

    messages: tuple[Message, ...]
    again: bool = False

    @classmethod
    def of(cls, prompt: str) -> Conversation:
        messages = tuple(_messages(prompt))
        if messages and messages[-1] == Message("assistant", ""):
            messages = messages[:-1]  # a closing "Assistant:" is a cue, not a turn
        kept = messages
        while _demands_another(kept):
            kept = kept[:-2]
        return cls(kept, again=kept != messages)

    @property
    def last(self) -> Message:
        """The last with words in it."""
        worded = (message for message in reversed(self.messages) if message.text)
        return next(worded, Message("user", ""))

    @property
    def results(self) -> tuple[str, ...]:
        """Of the tools, where nobody spoke since."""
        last = takewhile(lambda message: message.role == "tool", reversed(self.messages))
        return tuple(message.text for message in last)[::-1]

    def texts(self, role: Role) -> list[str]:
        return [message.text for message in self.messages if message.role == role]


def _messages(prompt: str) -> Iterator[Message]:
    headings = _headings(prompt)
    starts = [heading.start() for heading in headings] + [len(prompt)]
    if preamble := prompt[: starts[0]].strip():
        yield Message("user", preamble)
    for heading, end in zip(headings, starts[1:], strict=True):
        text = prompt[heading.end() : end].strip()
        yield Message(ROLES[heading["role"].lower()], text)


def _headings(prompt: str) -> list[re.Match[str]]:
    """Those that look like the first: any other stands in somebody's text."""
    found = list(HEADING.finditer(prompt))
    return [heading for heading in found if _shape(heading) == _shape(found[0])]


def _shape(heading: re.Match[str]) -> tuple[str, str | None, bool]:
    return heading["mark"], heading["end"], heading["role"][0].isupper()


def _demands_another(messages: tuple[Message, ...]) -> bool:
    match messages:
        case (*_, Message(role="assistant"), Message(role="user", text=demand)):
            return bool(AGAIN.search(demand))
    return False
