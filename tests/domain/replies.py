"""Whole answers, as tests spell them."""

from __future__ import annotations

from collections.abc import Iterable

from utils.domain.chat import CallBegun, Finish, ToolCall
from utils.domain.reply import Reply
from utils.domain.runs import Run


def replied(
    *, text: str = "", tool_calls: Iterable[ToolCall] = (), finish: Finish | None = None
) -> Reply:
    """A text, then calls."""
    runs = [Run(0, "text", text)] if text else []
    for index, call in enumerate(tool_calls, len(runs)):
        runs.append(Run(index, "call", call.arguments, CallBegun(call.id, call.name)))
    return Reply(runs=tuple(runs), finish=finish or Finish())
