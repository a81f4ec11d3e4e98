"""The steps of a run, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from utils.domain.chat import Usage
from utils.errors import InvalidRequest, NotFound, OutOfCredit, RateLimited, RelayError
from utils.wire.items import Item

WAITS = 600  # seconds for the outputs of its calls, after which a run expires


def step(id: str, run: Item, created: int, details: Item) -> Item:
    return {
        "id": id,
        "object": "thread.run.step",
        "created_at": created,
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "run_id": run["id"],
        "type": details["type"],
        "status": "in_progress",
        "step_details": details,
        "last_error": None,
        "expired_at": None,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "metadata": {},
        "usage": None,
    }


def usage(spent: Usage) -> Item:
    return {
        "prompt_tokens": spent.input_tokens,
        "completion_tokens": spent.output_tokens,
        "total_tokens": spent.input_tokens + spent.output_tokens,
    }


def total(before: dict[str, int] | None, spent: Usage | None) -> Item | None:
    """Of all turns of a run."""
    if spent is None or before is None:
        return before if spent is None else usage(spent)
    return {name: before[name] + tokens for name, tokens in usage(spent).items()}


def completed(now: int) -> Item:
    return {"status": "completed", "completed_at": now}


def waiting(calls: Sequence[Item], now: int) -> Item:
    shown = [
        {**call, "function": {name: call["function"][name] for name in ("name", "arguments")}}
        for call in calls
    ]
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": shown}}
    return {"status": "requires_action", "required_action": action, "expires_at": now + WAITS}


def incomplete(reason: str | None) -> Item:
    return {"status": "incomplete", "incomplete_details": {"reason": reason}}


def failed(error: RelayError, now: int) -> Item:
    """With one of the codes that OpenAI has for a run; or cancelled."""
    if error.code == "cancelled":
        return {"status": "cancelled", "cancelled_at": now}
    return {"status": "failed", "failed_at": now, "last_error": last_error(error)}


def failed_step(run: Item) -> Item:
    """What a step came to whose run has ended so. It has fewer codes."""
    match run:
        case {"last_error": {"code": "invalid_prompt", "message": message}}:
            return {**run, "last_error": {"code": "server_error", "message": message}}
    return run


def last_error(error: RelayError) -> dict[str, Any]:
    match error:
        case OutOfCredit() | RateLimited():
            code = "rate_limit_exceeded"
        case InvalidRequest() | NotFound():
            code = "invalid_prompt"
        case _:
            code = "server_error"
    place = f"{error.param}: " if error.param and error.param not in error.message else ""
    return {"code": code, "message": place + error.message}
