"""The scripted model with real roles and tools: `call NAME with {"a": 1}` calls a tool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.model import said
from simulator.ordinary import filler
from simulator.records import CHARACTERS_PER_TOKEN
from simulator.wishes import Wishes, wishes

CALL = re.compile(r"\bcall ([\w.-]{1,64}) with (?=\{)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` is JSON, word for word as the user wrote it."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    calls: tuple[ToolCall, ...]
    finish_reason: str
    wishes: Wishes


def answer(asked: Mapping[str, Any]) -> Said:
    last, user = asked["messages"][-1], last_user_text(asked["messages"])
    wish = wishes(user)
    if last["role"] == "tool":
        return _spoken(f"The tool said: {text_of(last)}", asked, wish)
    if calls := _calls(user, asked):
        return Said("", calls, "tool_calls", wish)
    if wish.events is not None:
        return Said(filler(wish.events * wish.size), (), "stop", wish)
    return _spoken(said(user, asked["model"]), asked, wish)


def last_user_text(messages: list[Any]) -> str:
    return next((text_of(sent) for sent in reversed(messages) if sent["role"] == "user"), "")


def text_of(message: Mapping[str, Any]) -> str:
    """Pictures in it are passed over: what becomes of them was not established."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if "text" in part)


def _spoken(text: str, asked: Mapping[str, Any], wish: Wishes) -> Said:
    most = asked.get("max_completion_tokens") or asked.get("max_tokens")
    kept = text if most is None else text[: int(most) * CHARACTERS_PER_TOKEN]
    return Said(kept, (), "stop" if kept == text else "length", wish)


def _calls(text: str, asked: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    known = [tool["function"]["name"] for tool in asked.get("tools") or ()]
    must = False
    match asked.get("tool_choice"):
        case "none":
            return ()
        case "required":
            must = True
        case {"function": {"name": str(name)}}:
            known, must = [name] if name in known else [], True
    calls = tuple(call for call in _written(text) if call.name in known)
    return calls or tuple(ToolCall(name, "{}") for name in known[:1] if must)


def _written(text: str) -> Iterator[ToolCall]:
    decoder = json.JSONDecoder()
    for match in CALL.finditer(text):
        try:
            _, end = decoder.raw_decode(text, match.end())
        except ValueError:
            continue  # what follows is no JSON, so this was no instruction
        yield ToolCall(match[1], text[match.end() : end])
