"""Items and turns, as tests spell them."""

from __future__ import annotations

import base64
from typing import Any

from tests.wire.responses.asking import Item
from utils.domain.chat import Message, ToolCall

WEB = "https://example.com/a b.jpg?x=1#y"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def said(role: str, content: Any, **fields: Any) -> Item:
    return {"type": "message", "role": role, "content": content, **fields}


def called(call: str, name: str = "f", **fields: Any) -> Item:
    return {"type": "function_call", "call_id": call, "name": name, "arguments": "{}", **fields}


def answered(id: str, output: Any = "42") -> Item:
    return {"type": "function_call_output", "call_id": id, "output": output}


CALL = ToolCall("c1", "f", "{}")
RESULT = Message(role="tool", text="42", call_id="c1")


def user(text: str) -> Message:
    return Message(role="user", text=text)


def assistant(text: str = "", *calls: ToolCall) -> Message:
    return Message(role="assistant", text=text, tool_calls=calls)
