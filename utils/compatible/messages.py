"""A conversation as OpenAI's messages."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from itertools import count
from typing import Any

from utils.domain.chat import Attachment, Inline, Link, Message, ToolCall
from utils.domain.files import file_type
from utils.errors import UnsupportedFile


def messages(asked: Iterable[Message], *, sees: bool = False) -> list[dict[str, Any]]:
    """Raises UnsupportedFile for any file but a picture for a model that `sees`: it is not
    established what these servers do with one (onemin-api.md 3).
    """
    unanswered = _Unanswered()
    return [_message(message, unanswered, sees=sees) for message in asked]


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


def _message(message: Message, unanswered: _Unanswered, *, sees: bool) -> dict[str, Any]:
    content = _content(message, sees=sees)
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": unanswered.answer(message),
            "content": content,
        }
    shown: dict[str, Any] = {"role": message.role, "content": content}
    if message.name:
        shown["name"] = message.name
    if message.tool_calls:
        shown["content"] = message.text or None
        shown["tool_calls"] = [_call(call, unanswered.ask(call)) for call in message.tool_calls]
    return shown


def _content(message: Message, *, sees: bool) -> Any:
    """A text, or where there are pictures a list of parts."""
    if not message.attachments:
        return message.text
    pictures = [
        {"type": "image_url", "image_url": {"url": _url(attachment, sees=sees)}}
        for attachment in message.attachments
    ]
    text = [{"type": "text", "text": message.text}] if message.text else []
    return [*pictures, *text]


def _url(attachment: Attachment, *, sees: bool) -> str:
    place = attachment.place
    if not sees or attachment.kind != "image":
        raise UnsupportedFile(f"{place}: this model takes no files here", param=place)
    match attachment.source:
        case Link(url):
            return url
        case Inline(data=data) if (kind := file_type(data)) and kind.family == "image":
            return f"data:{kind.media_type};base64,{b64encode(data).decode()}"
    raise UnsupportedFile(
        f"{place}: this model takes pictures by their address, or in the request", param=place
    )


def _call(call: ToolCall, id: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": id, "type": "function", "function": function}
