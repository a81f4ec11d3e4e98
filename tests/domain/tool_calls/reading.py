"""Tools, and answers read for the calls of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import (
    Tool,
)
from utils.domain.reply import collect
from utils.domain.tool_calls.frame import Frame
from utils.domain.tool_calls.reader import CallReader, Rules
from utils.domain.tool_calls.toolbox import Toolbox

FRAME = Frame("k3f9")
STRING = {"type": "string"}


def tool(name: str, properties: dict[str, Any], **others: Any) -> Tool:
    return Tool(name=name, parameters={"type": "object", "properties": properties, **others})


TOOLS = (
    tool(
        "get_weather",
        {
            "city": STRING,
            "days": {"type": "integer"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "hourly": {"type": "boolean"},
        },
        required=["city"],
    ),
    tool(
        "write_file",
        {"path": STRING, "content": STRING},
        required=["path", "content"],
        additionalProperties=False,
    ),
    tool(
        "search",
        {
            "query": STRING,
            "limit": {"type": "number"},
            "sites": {"type": "array", "items": STRING},
            "filter": {
                "type": "object",
                "properties": {"safe": {"type": "boolean"}, "lang": STRING},
            },
            "after": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        required=["query"],
        additionalProperties=False,
    ),
    tool("get-time", {}),
)


@dataclass(frozen=True, slots=True)
class Result:
    text: str
    calls: tuple[tuple[str, str], ...]
    problem: str | None


def read(
    pieces: Iterable[str],
    *,
    tools: Iterable[Tool] = TOOLS,
    truncated: bool = False,
    rules: Rules | None = None,
) -> Result:
    reader = CallReader(FRAME, Toolbox(tools), ids(), rules or Rules())
    events = [event for piece in pieces for event in reader.feed(piece)]
    events += reader.end(truncated=truncated)
    [reply] = collect([events])
    return Result(
        reply.text,
        tuple((call.name, call.arguments) for call in reply.tool_calls),
        str(reader.problem) if reader.problem else None,
    )


def ids() -> Any:
    numbers = itertools.count(1)
    return lambda: f"call_{next(numbers)}"
