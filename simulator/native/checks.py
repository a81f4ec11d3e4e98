"""What is wrong with a body of the OpenAI-shaped surface; its error bodies are a guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.admission import Refused
from simulator.frames import encoded
from simulator.replies import JSON, Reply

# The ids that clients use there; whether the whole catalog is served is unknown.
MODELS = (
    *("deepseek-flash", "deepseek-v4-pro", "gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-4.1-mini"),
    *("o3-mini", "qwen-flash", "mistral-large-latest"),
)
ROLES = ("system", "developer", "user", "assistant", "tool")
LIMITS = ("max_tokens", "max_completion_tokens")


def checked(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise _refused("the body must be JSON", None) from None
    if not isinstance(asked, dict):
        raise _refused("the body must be an object", None)
    if asked.get("model") not in MODELS:
        raise _refused(f"The model {asked.get('model')} does not exist", "model")
    for name, wrong in _faults(asked).items():
        if wrong:
            raise _refused(f"Invalid '{name}'", name)
    return asked


def error(status: int, message: str, param: str | None, kind: str, code: str | None) -> Reply:
    told = {"message": message, "type": kind, "param": param, "code": code}
    return Reply(status, JSON, (encoded({"error": told}),))


def _refused(message: str, param: str | None) -> Refused:
    code = "model_not_found" if param == "model" else None
    return Refused(error(400, message, param, "invalid_request_error", code))


def _faults(asked: Mapping[str, Any]) -> dict[str, bool]:
    messages, tools = asked.get("messages"), asked.get("tools")
    return {
        "messages": not (isinstance(messages, list) and messages and all(map(_sent, messages))),
        "temperature": not _between(asked.get("temperature"), 0, 2),
        **{name: not _between(asked.get(name), 1, 1_000_000) for name in LIMITS},
        "tools": tools is not None and not (isinstance(tools, list) and all(map(_tool, tools))),
    }


def _sent(message: object) -> bool:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        return False
    content = message.get("content")
    if content is None:
        return message["role"] == "assistant" and bool(message.get("tool_calls"))
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        return False
    return isinstance(content, str) or _are_parts(content)


def _are_parts(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(part, dict) for part in content)


def _tool(tool: object) -> bool:
    match tool:
        case {"type": "function", "function": {"name": str(name)}}:
            return bool(name)
    return False


def _between(value: object, least: float, most: float) -> bool:
    if value is None:
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and least <= float(str(value)) <= most
