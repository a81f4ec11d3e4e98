"""A response as an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from utils.domain.chat import Finish, Usage
from utils.errors import InvalidRequest, OutOfCredit, RateLimited, RelayError
from utils.tokens import counts
from utils.wire.items import Item
from utils.wire.responses.output import REASONS
from utils.wire.stamp import Stamp


def response(stamp: Stamp, echo: dict[str, Any], status: str, **told: Any) -> dict[str, Any]:
    """`echo` is what it repeats of its request."""
    return {
        "id": response_id(stamp),
        "object": "response",
        "created_at": stamp.created,
        "status": status,
        "model": stamp.model,
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
        "completed_at": None,  # nobody looks at a clock here
        **echo,
        **told,
    }


def response_id(stamp: Stamp) -> str:
    return f"resp_{stamp.token}"


def ending(items: Sequence[Item], finish: Finish, model: str) -> dict[str, Any]:
    """What a response is told to be once it is over."""
    reason = REASONS.get(finish.reason)
    return {
        "status": "incomplete" if reason else "completed",
        "output": items,
        "incomplete_details": {"reason": reason} if reason else None,
        "usage": finish.usage and usage(finish.usage, items, model),
    }


def usage(spent: Usage, items: Sequence[Item], model: str) -> dict[str, Any]:
    thoughts = (
        part["text"]
        for item in items
        if item["type"] == "reasoning"
        for part in item["summary"] + item["content"]
    )
    thought = sum(counts.count(text, model) for text in thoughts)
    return {
        "input_tokens": spent.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": spent.output_tokens,
        "output_tokens_details": {"reasoning_tokens": min(thought, spent.output_tokens)},
        "total_tokens": spent.input_tokens + spent.output_tokens,
    }


def failure(error: RelayError) -> dict[str, Any]:
    """With one of the codes that OpenAI has for a response. Codex knows one more, and would
    try again without it.
    """
    match error:
        case OutOfCredit():
            code = "insufficient_quota"
        case RateLimited():
            code = "rate_limit_exceeded"
        case InvalidRequest():
            code = "invalid_prompt"
        case _:
            code = "server_error"
    return {"code": code, "message": error.message, "type": error.kind, "param": error.param}
