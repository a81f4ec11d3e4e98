"""A conversation as OpenAI's messages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from utils.domain.chat import Message, ToolCall
from utils.errors import UnsupportedFile


def messages(asked: Iterable[Message]) -> list[dict[str, Any]]:
    """Raises UnsupportedFile for any file: it is not established what these servers
    do with one (onemin-api.md 3).
    """
    unanswered = _Unanswered()
    return [_message(message, unanswered) for message in asked]


class _Unanswered:
    """The calls whose results are still to come. OpenAI's first tool calls had names and no
    ids; today's servers want an id in each.
    """

    def __init__(self) -> None:
        self._calls: list[ToolCall] = []
        self._numbers = count(1)

    def ask(self, call: ToolCall) -> str:
        """The call's id."""
        id = call.id or f"call_{next(self._numbers)}"
        self._calls.append(ToolCall(id, call.name, ""))
        return id

    def answer(self, message: Message) -> str:
        """The id of the call that a tool's message answers: the oldest that may be meant."""
        fits = [call for call in self._calls if message.call_id in ("", call.id)]
        named = [call for call in fits if message.name in ("", call.name)]
        if not (named or fits):
            return message.call_id
        call = (named or fits)[0]
        self._calls.remove(call)
        return call.id


def _message(message: Message, unanswered: _Unanswered) -> dict[str, Any]:
    for attachment in message.attachments:
        raise UnsupportedFile(
            f"{attachment.place}: this model takes no files here", param=attachment.place
        )
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": unanswered.answer(message),
            "content": message.text,
        }
    shown: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.name:
        shown["name"] = message.name
    if message.tool_calls:
        shown["content"] = message.text or None
        shown["tool_calls"] = [_call(call, unanswered.ask(call)) for call in message.tool_calls]
    return shown


def _call(call: ToolCall, id: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": id, "type": "function", "function": function}
