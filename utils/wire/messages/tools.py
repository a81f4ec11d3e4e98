"""The tools of Anthropic's messages, how hard to think, and the structure of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.chat import Structure, Tool, ToolChoice
from utils.domain.schemas import Schema
from utils.errors import InvalidRequest
from utils.wire.body import Body
from utils.wire.chat.tools import MOST_TOOLS, Name
from utils.wire.tool_choice import among, only

LONGEST_TYPE = 64  # characters of what a client calls a tool's type that are shown to it
LITTLE, MUCH = 4_096, 16_384  # tokens to think in: up to the one, and from the other on


class DeclaredTool(Body):
    """One that the client runs, or that Anthropic would: then `type` tells which."""

    type: str | None = None
    name: Name | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    user_location: dict[str, Any] | None = None
    max_uses: int | None = None

    @property
    def searches(self) -> bool:
        return (self.type or "").startswith("web_search_2")

    @property
    def unused(self) -> list[str]:
        """What 1min.ai's own search takes no account of."""
        names = ("allowed_domains", "blocked_domains", "user_location", "max_uses")
        return [f"tools.web_search.{name}" for name in names if getattr(self, name)]

    def to_tool(self, place: str) -> Tool:
        """Raises InvalidRequest."""
        if self.type not in (None, "custom"):
            told = f"{place}.type: this relay does not support {self.type[:LONGEST_TYPE]!r}"
            raise InvalidRequest(f"{told}; it takes custom tools", param=f"{place}.type")
        if self.name is None:
            raise _missing(f"{place}.name")
        if self.input_schema is None:
            raise _missing(f"{place}.input_schema")
        Schema.of(self.input_schema, f"{place}.input_schema")
        return Tool(
            name=self.name,
            description=self.description or "",
            parameters=self.input_schema,
            strict=bool(self.strict),
        )


Tools = Annotated[list[DeclaredTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


def declared(tools: Sequence[DeclaredTool]) -> Iterator[Tool]:
    """Those that the client runs. Raises InvalidRequest for one that nobody would."""
    names = set()
    for index, asked in enumerate(tools):
        if asked.searches:
            continue
        tool = asked.to_tool(f"tools[{index}]")
        if tool.name in names:
            place = f"tools[{index}].name"
            raise InvalidRequest(f"{place}: declared twice: {tool.name!r}", param=place)
        names.add(tool.name)
        yield tool


def _missing(place: str) -> InvalidRequest:
    return InvalidRequest(f"{place}: this field is required", param=place)


class AnyTool(Body):
    type: Literal["auto", "any"]
    disable_parallel_tool_use: bool | None = None


class OneTool(Body):
    type: Literal["tool"]
    name: str
    disable_parallel_tool_use: bool | None = None


class NoTool(Body):
    type: Literal["none"]
    disable_parallel_tool_use: bool | None = None


Choice = Annotated[AnyTool | OneTool | NoTool, Field(discriminator="type")]


def chosen(
    tools: Sequence[DeclaredTool], choice: Choice | None
) -> tuple[tuple[Tool, ...], ToolChoice]:
    """The tools that may be called, and whether one must be. Raises InvalidRequest."""
    offered = [*declared(tools)]
    match choice:
        case NoTool():
            return (), ToolChoice()
        case OneTool() if is_search(tools, choice):
            return (), ToolChoice()
        case OneTool(name=name):
            return only(offered, name)
        case AnyTool(type="any"):
            return among(offered, None, required=True)
    return among(offered, None, required=False)


def is_search(tools: Sequence[DeclaredTool], choice: Choice | None) -> bool:
    """Whether the search is what must be called: 1min.ai makes it before the model answers."""
    return isinstance(choice, OneTool) and any(
        tool.searches and tool.name == choice.name for tool in tools
    )


class Thinking(Body):
    type: Literal["enabled", "adaptive", "between_tools", "disabled"]
    budget_tokens: Annotated[int, Field(ge=1024)] | None = None
    display: Literal["summarized", "omitted"] | None = None

    @property
    def shown(self) -> bool:
        return self.type != "disabled" and self.display != "omitted"

    @property
    def effort(self) -> str:
        """By the budget. Without one nothing is said: `disabled` is what a request means that
        does not speak of thinking, and many models know no other way.
        """
        if self.type != "enabled" or not self.budget_tokens:
            return ""
        if self.budget_tokens <= LITTLE:
            return "low"
        return "high" if self.budget_tokens >= MUCH else "medium"


class JsonFormat(Body):
    type: Literal["json_schema"]
    schema_: Annotated[dict[str, Any], Field(alias="schema")]

    def to_structure(self, place: str) -> Structure:
        """Raises InvalidRequest."""
        Schema.of(self.schema_, f"{place}.schema")
        return Structure(self.schema_, strict=True)


class OutputConfig(Body):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonFormat | None = None
