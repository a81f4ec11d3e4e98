"""The tools of a response, and which of them may be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from utils.domain.chat import Tool, ToolChoice
from utils.domain.schemas import Schema
from utils.errors import InvalidRequest
from utils.wire.chat.tools import MOST_TOOLS, Name
from utils.wire.responses.custom_input import SCHEMA
from utils.wire.responses.parts import AsSent
from utils.wire.tool_choice import among, only

TOOL_SEARCH = "tool_search"
PLAIN = "functions"  # the namespace of what has none
SEARCHES = ("web_search", "web_search_preview")
_NESTED = ("function", "custom", "allowed_tools")


def flat_name(namespace: str | None, name: str) -> str:
    """What the model calls a tool, for it knows no namespaces."""
    return name if namespace in (None, "", PLAIN) else f"{namespace}__{name}"


class FunctionTool(AsSent):
    type: Literal["function"]
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None

    def to_tool(self, name: str) -> Tool:
        return Tool(
            name=name,
            description=self.description or "",
            parameters=self.parameters or {},
            strict=bool(self.strict),
        )


class TextInput(AsSent):
    type: Literal["text"]


class GrammarInput(AsSent):
    type: Literal["grammar"]
    syntax: Literal["lark", "regex"]
    definition: str


class CustomTool(AsSent):
    """One that takes free text. A model is told of a function that takes one text."""

    type: Literal["custom"]
    name: Name
    description: str | None = None
    format: Annotated[TextInput | GrammarInput, Field(discriminator="type")] | None = None

    def to_tool(self, name: str) -> Tool:
        described = [self.description or ""]
        if isinstance(self.format, GrammarInput):
            described.append(
                f"The input must keep to this {self.format.syntax} grammar:\n"
                f"{self.format.definition}"
            )
        description = "\n\n".join(filter(None, described))
        return Tool(name=name, description=description, parameters=SCHEMA)


class SearchTool(AsSent):
    """1min.ai's own search."""

    type: Literal["web_search", "web_search_preview"]
    filters: Any = None
    user_location: Any = None
    search_context_size: Any = None

    @property
    def unused(self) -> list[str]:
        names = ("filters", "user_location", "search_context_size")
        return [f"tools.{self.type}.{name}" for name in names if getattr(self, name)]


class ToolSearch(AsSent):
    """The client looks for tools that it has not declared."""

    type: Literal["tool_search"]
    execution: Literal["client"]
    description: str | None = None
    parameters: dict[str, Any] | None = None

    def to_tool(self) -> Tool:
        return Tool(
            name=TOOL_SEARCH,
            description=self.description or "",
            parameters=self.parameters or {},
        )


def _plain(tool: object) -> object:
    """Chat completions nest what a tool is; a search can bear its date."""
    if not isinstance(tool, dict) or not isinstance(type := tool.get("type"), str):
        return tool
    if type in _NESTED and isinstance(inner := tool.get(type), dict):
        rest = {name: value for name, value in tool.items() if name != type}
        return {**rest, **inner, "type": type}
    for search in reversed(SEARCHES):
        if type.startswith(f"{search}_2"):
            return {**tool, "type": search}
    return {**tool, "type": "web_search"} if type == "retrieval" else tool


NamedTool = Annotated[
    Annotated[FunctionTool | CustomTool, Field(discriminator="type")], BeforeValidator(_plain)
]


class NamespaceTool(AsSent):
    type: Literal["namespace"]
    name: Name
    description: str | None = None
    tools: Annotated[list[NamedTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


AnyTool = Annotated[
    Annotated[
        FunctionTool | CustomTool | NamespaceTool | SearchTool | ToolSearch,
        Field(discriminator="type"),
    ],
    BeforeValidator(_plain),
]
Tools = Annotated[list[AnyTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool as the model is told of it, `told`, and as the client knows it."""

    told: Tool
    name: str
    namespace: str = ""
    kind: Literal["function", "custom", "search"] = "function"


def declared(
    tools: Iterable[AnyTool], later: Iterable[Iterable[AnyTool]] = ()
) -> dict[str, Declared]:
    """By the names the model knows. `later` are those of the input's items, which may repeat
    a tool. Raises InvalidRequest for two of the same name.
    """
    found: dict[str, Declared] = {}
    for place, tool in _each(tools, "tools"):
        if tool.told.name in found:
            place += ".name"
            raise InvalidRequest(f"{place}: declared twice: {tool.told.name!r}", param=place)
        found[tool.told.name] = _checked(tool, place)
    for more in later:
        found |= {tool.told.name: _checked(tool, place) for place, tool in _each(more, "input")}
    if len(found) > MOST_TOOLS:
        raise InvalidRequest(f"tools: more than {MOST_TOOLS}", param="tools")
    return found


def _checked(tool: Declared, place: str) -> Declared:
    """Raises InvalidRequest for parameters that are no schema."""
    Schema.of(tool.told.parameters, f"{place}.parameters")
    return tool


def _each(tools: Iterable[AnyTool], where: str) -> Iterator[tuple[str, Declared]]:
    for index, tool in enumerate(tools):
        place = f"{where}[{index}]"
        if isinstance(tool, NamespaceTool):
            for inner, member in enumerate(tool.tools):
                told = member.to_tool(flat_name(tool.name, member.name))
                if not inner:
                    told = _introducing(tool, told)
                known = Declared(told, member.name, tool.name, member.type)
                yield f"{place}.tools[{inner}]", known
        elif isinstance(tool, FunctionTool | CustomTool):
            yield place, Declared(tool.to_tool(tool.name), tool.name, kind=tool.type)
        elif isinstance(tool, ToolSearch):
            yield place, Declared(tool.to_tool(), TOOL_SEARCH, kind="search")


def has_grammar(tools: Iterable[AnyTool]) -> bool:
    """Whether the text of some tool is to keep to one, to which 1min.ai can hold no model."""
    inner = [tool.tools if isinstance(tool, NamespaceTool) else [tool] for tool in tools]
    return any(
        isinstance(tool, CustomTool) and isinstance(tool.format, GrammarInput)
        for members in inner
        for tool in members
    )


def _introducing(namespace: NamespaceTool, first: Tool) -> Tool:
    """The first tool of a namespace, which tells what all are for."""
    if not namespace.description:
        return first
    names = flat_name(namespace.name, "…")
    about = f"About all tools {names}: {namespace.description}"
    return replace(first, description="\n\n".join(filter(None, [first.description, about])))


class ChosenName(AsSent):
    type: Literal["function", "custom"]
    name: str
    namespace: str | None = None


class ChosenSearch(AsSent):
    type: Literal["web_search", "web_search_preview"]


ChosenTool = Annotated[
    Annotated[ChosenName | ChosenSearch, Field(discriminator="type")], BeforeValidator(_plain)
]


class AllowedTools(AsSent):
    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[list[ChosenTool], Field(max_length=MOST_TOOLS, fail_fast=True)]


Choice = (
    Literal["none", "auto", "required"]
    | Annotated[
        Annotated[ChosenName | ChosenSearch | AllowedTools, Field(discriminator="type")],
        BeforeValidator(_plain),
    ]
)


def chosen(
    tools: Mapping[str, Declared], choice: Choice | None
) -> tuple[tuple[Tool, ...], ToolChoice]:
    """The functions that may be called, and whether one must be. Raises InvalidRequest."""
    told = [tool.told for tool in tools.values()]
    match choice:
        case "none" | ChosenSearch():
            return (), ToolChoice()
        case AllowedTools(mode=mode):
            named = [tool for tool in choice.tools if isinstance(tool, ChosenName)]
            names = {name for tool in named for name in _meant(tools, tool)}
            required = mode == "required" and len(named) == len(choice.tools)
            return among(told, names, required=required)
        case ChosenName():
            meant = _meant(tools, choice)
            return only(told, meant[0] if len(meant) == 1 else "")
    return among(told, None, required=choice == "required")


def _meant(tools: Mapping[str, Declared], choice: ChosenName) -> list[str]:
    """The namespace may be left out."""
    if (name := flat_name(choice.namespace, choice.name)) in tools:
        return [name]
    return [
        name
        for name, tool in tools.items()
        if tool.name == choice.name and choice.namespace in (None, tool.namespace)
    ]


def searches(tools: Sequence[AnyTool], choice: Choice | None) -> bool:
    """Whether a search is the only thing that may be called. Raises InvalidRequest for one
    that must be made and was not declared.
    """
    declared = any(isinstance(tool, SearchTool) for tool in tools)
    match choice:
        case "none" | ChosenName():
            return False
        case ChosenSearch():
            if not declared:
                message = "tool_choice: there is no such tool"
                raise InvalidRequest(message, param="tool_choice")
            return True
        case AllowedTools():
            return declared and all(isinstance(tool, ChosenSearch) for tool in choice.tools)
    return declared and all(isinstance(tool, SearchTool) for tool in tools)


def shown_tool(tool: AnyTool) -> dict[str, Any]:
    required = {"parameters": None, "strict": None} if isinstance(tool, FunctionTool) else {}
    return required | tool.as_sent()


def shown_choice(choice: Choice | None) -> Any:
    return choice if isinstance(choice, str) else choice.as_sent() if choice else "auto"
