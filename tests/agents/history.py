"""What a prompt tells of the rounds before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.conversation import Conversation, Message
from tests.agents.scripts import frame
from tests.agents.sdk import Answer

Turn = tuple[str, str]


def turns(prompt: str) -> list[Turn]:
    """Who said what, without the system's turns."""
    messages: Iterable[Message] = Conversation.of(prompt).messages
    return [(m.role, m.text) for m in messages if m.role != "system"]


def written(answer: Answer, prompt: str) -> Turn:
    """As the model wrote it."""
    blocks = [frame(prompt).write(call.name, call.arguments) for call in answer.calls]
    return "assistant", "\n".join([*filter(None, [answer.content]), *blocks])


def result(content: Any) -> Turn:
    """As a client sent it."""
    if isinstance(content, list):
        content = "\n".join(part["text"] for part in content)
    return "tool", (content or "").strip()
