"""What a chat asks of a media model, and what that took."""

from __future__ import annotations

from typing import Any

from utils.domain.chat import Chat, Message, Usage
from utils.errors import InvalidRequest
from utils.onemin import records
from utils.tokens import counts


def last_said(chat: Chat) -> tuple[Message, tuple[Message, ...]]:
    """The user's last message, and those before it. Raises InvalidRequest."""
    for at in range(len(chat.messages) - 1, -1, -1):
        if chat.messages[at].role == "user":
            return chat.messages[at], chat.messages[:at]
    raise InvalidRequest("No user has said anything.", param="messages")


def words(message: Message, model: str) -> str:
    """For a model that knows nothing else. Raises InvalidRequest."""
    for attachment in message.attachments:
        raise InvalidRequest(
            f"The model {model!r} takes a text and no files.",
            param=attachment.place,
            code="model_not_supported",
        )
    if not message.text.strip():
        raise InvalidRequest("The last user message is empty.", param="messages")
    return message.text


def usage(reply: Any, model: str, read: str, written: str = "") -> Usage:
    """1min.ai tells of none for media, or of credits alone (onemin-api.md 8)."""
    made = records.record(reply)
    told = records.usage(made)
    if told:
        return told
    tokens = counts.count(read, model), counts.count(written, model)
    return Usage(*tokens, "estimated", records.credits(made))
