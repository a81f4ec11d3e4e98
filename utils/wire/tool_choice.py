"""Which of the declared tools may be called, and whether one must be."""

from __future__ import annotations

from collections.abc import Container, Iterable

from utils.domain.chat import Tool, ToolChoice
from utils.errors import InvalidRequest


def among(
    tools: Iterable[Tool], names: Container[str] | None, *, required: bool
) -> tuple[tuple[Tool, ...], ToolChoice]:
    """None leaves the choice to all. Raises InvalidRequest when one must be, and none can."""
    allowed = tuple(tool for tool in tools if names is None or tool.name in names)
    if required and not allowed:
        raise _no_such_tool()
    return allowed, ToolChoice(required=required)


def only(tools: Iterable[Tool], name: str) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Raises InvalidRequest when it was not declared."""
    named = tuple(tool for tool in tools if tool.name == name)
    if not named:
        raise _no_such_tool()
    return named, ToolChoice(required=True, name=name)


def _no_such_tool() -> InvalidRequest:
    return InvalidRequest("tool_choice: there is no such tool", param="tool_choice")
