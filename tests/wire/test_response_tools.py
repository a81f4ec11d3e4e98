"""The tools of a response, and which of them may be called."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.responses.asking import STAMP, Item, chat, refusal, turn
from utils.domain.chat import Tool, ToolChoice, WebSearch

SEARCH: Item = {"type": "web_search"}


def function(name: str, **fields: Any) -> Item:
    return {"type": "function", "name": name, **fields}


def custom(name: str, **fields: Any) -> Item:
    return {"type": "custom", "name": name, **fields}


def crew(*tools: Item, **fields: Any) -> Item:
    return {"type": "namespace", "name": "crew", "tools": [*tools], **fields}


def nested(tool: Item) -> Item:
    """As chat completions have it."""
    inner = {name: value for name, value in tool.items() if name != "type"}
    return {"type": tool["type"], tool["type"]: inner}


# Declaring

PARAMETERS = {"type": "object", "properties": {"a": {"type": "integer"}}}
ADD = function("add", description="Adds.", parameters=PARAMETERS, strict=True)


@pytest.mark.parametrize("tool", [ADD, nested(ADD)])
def test_a_function_is_declared_flat_or_nested(tool: Item) -> None:
    asked = turn(tools=[tool])
    declared = Tool(name="add", description="Adds.", parameters=PARAMETERS, strict=True)
    assert asked.to_chat().tools == (declared,)
    assert asked.begun(STAMP, "queued")["tools"] == [ADD]


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": 'start: "a"'}


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({}, ""),
        ({"description": "Edits.", "format": {"type": "text"}}, "Edits."),
        ({"description": "Edits.", "format": GRAMMAR},
         'Edits.\n\nThe input must keep to this lark grammar:\nstart: "a"'),
        ({"format": GRAMMAR}, 'The input must keep to this lark grammar:\nstart: "a"'),
    ],
)  # fmt: skip
def test_a_custom_tool_is_told_as_a_function_of_one_text(
    fields: Item, description: str
) -> None:
    tool = custom("patch", **fields)
    asked = turn(tools=[tool])
    [told] = asked.to_chat().tools
    assert (told.name, told.description) == ("patch", description)
    assert told.parameters["required"] == ["input"]
    assert told.parameters["additionalProperties"] is False
    assert asked.begun(STAMP, "queued")["tools"] == [tool]


def test_the_tools_of_a_namespace_bear_its_name() -> None:
    tools = [
        crew(function("hire", description="Hires."), custom("note"), description="The crew.")
    ]
    asked = turn(tools=tools)
    hire, note = asked.to_chat().tools
    assert (hire.name, note.name) == ("crew__hire", "crew__note")
    assert hire.description == "Hires.\n\nAbout all tools crew__…: The crew."
    assert note.description == ""
    assert asked.begun(STAMP, "queued")["tools"] == tools


@pytest.mark.parametrize(
    ("tools", "param"),
    [
        ([function("f"), custom("f")], "tools[1].name"),
        ([crew(function("f"), function("f"))], "tools[0].tools[1].name"),
        ([function("crew__f"), crew(function("f"))], "tools[1].tools[0].name"),
        ([crew(*(function(f"f{n}") for n in range(300))),
          crew(*(function(f"g{n}") for n in range(300)))], "tools"),
        ([function(f"f{n}") for n in range(513)], "tools"),
        ([function("SECRET name")], "tools[0].name"),
        ([{"type": "function"}], "tools[0].name"),
        ([custom("f", format={"type": "SECRET"})], "tools[0].format.type"),
        ([crew(SEARCH)], "tools[0].tools[0].type"),
        ([function("f", parameters={"maximum": 2**64})], "tools"),
        *(([{"type": type}], "tools[0].type") for type in (
            "file_search", "code_interpreter", "computer", "computer_use_preview",
            "image_generation", "mcp", "local_shell", "shell", "apply_patch", "SECRET")),
        ([{"type": "tool_search"}], "tools[0].execution"),
    ],
)  # fmt: skip
def test_a_tool_that_cannot_be_declared_is_refused(tools: list[Item], param: str) -> None:
    error = refusal(tools=tools)
    assert (error.status, error.param) == (400, param)
    assert "SECRET" not in error.message


# Choosing

ALL = [function("a"), custom("b"), crew(function("c"), custom("d"), function("a"))]


def allowed(*tools: Item, mode: str = "auto") -> Item:
    return {"type": "allowed_tools", "mode": mode, "tools": tools}


@pytest.mark.parametrize(
    ("choice", "names", "expected"),
    [
        (None, "a b crew__c crew__d crew__a", ToolChoice()),
        ("auto", "a b crew__c crew__d crew__a", ToolChoice()),
        ("required", "a b crew__c crew__d crew__a", ToolChoice(required=True)),
        ("none", "", ToolChoice()),
        (function("a"), "a", ToolChoice(required=True, name="a")),
        (nested(function("a")), "a", ToolChoice(required=True, name="a")),
        (custom("b"), "b", ToolChoice(required=True, name="b")),
        (function("c"), "crew__c", ToolChoice(required=True, name="crew__c")),
        (function("crew__c"), "crew__c", ToolChoice(required=True, name="crew__c")),
        (function("a", namespace="crew"), "crew__a", ToolChoice(required=True, name="crew__a")),
        (allowed(function("a"), custom("d")), "a crew__d", ToolChoice()),
        (allowed(custom("b"), mode="required"), "b", ToolChoice(required=True)),
        ({"type": "allowed_tools", "allowed_tools": {
            "mode": "required", "tools": [nested(function("a"))]}}, "a",
         ToolChoice(required=True)),
    ],
)  # fmt: skip
def test_only_the_tools_that_may_be_called_are_told(
    choice: Any, names: str, expected: ToolChoice
) -> None:
    asked = chat(tools=ALL, tool_choice=choice)
    assert [tool.name for tool in asked.tools] == names.split()
    assert asked.tool_choice == expected


@pytest.mark.parametrize(
    ("tools", "choice", "param"),
    [
        ([], "required", "tool_choice"),
        (ALL, function("SECRET"), "tool_choice"),
        (ALL, function("c", namespace="SECRET"), "tool_choice"),
        (ALL, allowed(function("SECRET"), mode="required"), "tool_choice"),
        (ALL, SEARCH, "tool_choice"),
        (ALL, "SECRET", "tool_choice"),
        (ALL, {"type": "mcp", "server_label": "SECRET"}, "tool_choice.type"),
        (ALL, {"type": "function"}, "tool_choice.name"),
        (ALL, allowed({"type": "mcp"}), "tool_choice.tools[0].type"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(
    tools: list[Item], choice: Any, param: str
) -> None:
    error = refusal(tools=tools, tool_choice=choice)
    assert (error.status, error.param) == (400, param)
    assert "SECRET" not in error.message


# Searching


@pytest.mark.parametrize(
    ("fields", "search"),
    [
        ({"tools": [SEARCH]}, WebSearch()),
        ({"tools": [SEARCH, {"type": "web_search_preview"}]}, WebSearch()),
        *(({"tools": [{"type": type}]}, WebSearch()) for type in (
            "web_search_2025_08_26", "web_search_2031_01_01", "web_search_preview",
            "web_search_preview_2025_03_11", "retrieval")),
        ({"tools": [SEARCH, function("f")]}, None),
        ({"tools": [SEARCH], "tool_choice": "none"}, None),
        ({"tools": [SEARCH], "tool_choice": "required"}, WebSearch()),
        ({"tools": [SEARCH, function("f")], "tool_choice": SEARCH}, WebSearch()),
        ({"tools": [SEARCH, function("f")],
          "tool_choice": {"type": "web_search_preview_2025_03_11"}}, WebSearch()),
        ({"tools": [SEARCH, function("f")], "tool_choice": allowed(SEARCH)}, WebSearch()),
        ({"tools": [SEARCH, function("f")], "tool_choice": function("f")}, None),
        ({"tools": [SEARCH, function("f")], "web_search": True}, WebSearch()),
        ({"tools": [SEARCH], "web_search": False}, None),
        ({"model": "m:online"}, WebSearch()),
        ({"web_search": True, "num_of_site": 2, "max_word": 9}, WebSearch(2, 9)),
        ({"web_search_options": {}}, WebSearch()),
        ({}, None),
    ],
)  # fmt: skip
def test_a_search_is_made_where_it_is_certainly_meant(
    fields: Item, search: WebSearch | None
) -> None:
    assert chat(**fields).web_search == search


def test_a_search_that_must_be_made_leaves_no_other_tool() -> None:
    asked = chat(tools=[SEARCH, function("f")], tool_choice=SEARCH)
    assert (asked.tools, asked.tool_choice) == ((), ToolChoice())


def test_the_name_of_a_search_is_shown_without_its_date() -> None:
    asked = turn(tools=[{"type": "web_search_2025_08_26", "search_context_size": "low"}])
    shown = asked.begun(STAMP, "queued")["tools"]
    assert shown == [{"type": "web_search", "search_context_size": "low"}]
