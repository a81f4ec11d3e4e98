"""The tools of a chat completion, and the structure it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.chat import Structure, Tool, ToolChoice
from utils.wire.body import Body
from utils.wire.tool_choice import among, only

MOST_TOOLS = 512

Name = Annotated[str, Field(pattern=r"^[\w.:/-]{1,128}$")]


class DeclaredFunction(Body):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Body):
    type: Literal["function"]
    function: DeclaredFunction

    def to_tool(self) -> Tool:
        asked = self.function
        return Tool(
            name=asked.name,
            description=asked.description or "",
            parameters=asked.parameters or {},
            strict=bool(asked.strict),
        )


class WebSearchTool(Body):
    """The tools that mean 1min.ai's own search."""

    type: Literal["web_search", "web_search_preview", "retrieval"]


DeclaredTool = Annotated[FunctionTool | WebSearchTool, Field(discriminator="type")]
Tools = Annotated[list[DeclaredTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


class NamedFunction(Body):
    name: str


class NamedTool(Body):
    type: Literal["function"]
    function: NamedFunction


class Allowed(Body):
    mode: Literal["auto", "required"]
    tools: list[NamedTool]


class AllowedTools(Body):
    type: Literal["allowed_tools"]
    allowed_tools: Allowed


ChosenTool = Annotated[NamedTool | AllowedTools, Field(discriminator="type")]
Choice = Literal["none", "auto", "required"] | ChosenTool


def chosen(tools: Iterable[Tool], choice: Choice | None) -> tuple[tuple[Tool, ...], ToolChoice]:
    """The tools that may be called, and whether one must be. Raises InvalidRequest."""
    match choice:
        case "none":
            return (), ToolChoice()
        case AllowedTools(allowed_tools=allowed):
            names = {tool.function.name for tool in allowed.tools}
            return among(tools, names, required=allowed.mode == "required")
        case NamedTool(function=function):
            return only(tools, function.name)
    return among(tools, None, required=choice == "required")


class TextFormat(Body):
    type: Literal["text"]

    def to_structure(self) -> Structure | None:
        return None


class ObjectFormat(Body):
    type: Literal["json_object"]

    def to_structure(self) -> Structure | None:
        return Structure()


class DeclaredSchema(Body):
    name: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class SchemaFormat(Body):
    type: Literal["json_schema"]
    json_schema: DeclaredSchema

    def to_structure(self) -> Structure | None:
        asked = self.json_schema
        return Structure(asked.schema_ or {}, asked.name or "", bool(asked.strict))


ResponseFormat = Annotated[
    TextFormat | ObjectFormat | SchemaFormat, Field(discriminator="type")
]
