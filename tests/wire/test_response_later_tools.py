"""Tools that a request declares in its input, as Codex does for its newest models."""

from __future__ import annotations

from typing import Any

import openai.types.responses as kinds
import pytest

from tests.wire.responses.asking import (
    STAMP,
    Item,
    assembled,
    chat,
    frames,
    refusal,
    turn,
    whole,
)
from tests.wire.responses.saying import said
from utils.domain.chat import ArgumentsDelta, CallBegun, Event, Finish, Message, ToolCall

PATH: Item = {"type": "object", "properties": {"path": {"type": "string"}}}
LOOK: Item = {"type": "function", "name": "look", "parameters": PATH}
RUN: Item = {"type": "custom", "name": "run"}
FIND: Item = {
    "type": "tool_search",
    "execution": "client",
    "description": "Finds tools.",
    "parameters": {"type": "object"},
}


def namespace(name: str, *tools: Item) -> Item:
    return {"type": "namespace", "name": name, "description": "", "tools": [*tools]}


def additional(*tools: Item) -> Item:
    return {"type": "additional_tools", "id": "at_1", "role": "developer", "tools": [*tools]}


def names(**fields: Any) -> list[str]:
    return [tool.name for tool in chat(**fields).tools]


def test_tools_can_be_declared_in_the_input() -> None:
    items = [
        additional(namespace("functions", RUN, LOOK), namespace("clock", LOOK)),
        said("user", "go"),
    ]
    asked = turn(input=items, tool_choice="auto")
    assert [tool.name for tool in asked.to_chat().tools] == ["run", "look", "clock__look"]
    assert asked.to_chat().messages == (Message(role="user", text="go"),)
    assert asked.input_items(STAMP)[0] == items[0]


def test_tools_that_were_declared_before_are_still_there() -> None:
    before = [additional(LOOK), said("user", "go")]
    asked = turn(history=before, input="and now?", tools=[RUN])
    assert [tool.name for tool in asked.to_chat().tools] == ["run", "look"]


def test_a_tool_may_be_declared_again_later() -> None:
    assert names(input=[additional(LOOK), said("user", "go")], tools=[LOOK]) == ["look"]


CALLED: list[Event] = [
    CallBegun("c1", "run"),
    ArgumentsDelta('{"input": "ls"}'),
    Finish("tool_calls"),
]


@pytest.mark.parametrize("space", ["functions", "shell"])
def test_a_call_names_the_namespace_that_codex_looks_it_up_in(space: str) -> None:
    asked = turn(input=[additional(namespace(space, RUN)), said("user", "go")])
    [told] = asked.to_chat().tools
    events: list[Event] = [CallBegun("c1", told.name), *CALLED[1:]]
    [item] = whole(asked, events)["output"]
    assert (item["type"], item["namespace"], item["name"]) == ("custom_tool_call", space, "run")
    again = turn(input=[additional(namespace(space, RUN)), said("user", "go"), item])
    [_, called] = again.to_chat().messages
    assert called.tool_calls == (ToolCall("c1", told.name, '{"input":"ls"}'),)


def test_a_search_for_tools_is_the_clients() -> None:
    asked = turn(tools=[FIND])
    [told] = asked.to_chat().tools
    assert (told.name, told.description) == ("tool_search", "Finds tools.")
    events: list[Event] = [
        CallBegun("c1", "tool_search"),
        ArgumentsDelta('{"query": '),
        ArgumentsDelta('"mail"}'),
        Finish("tool_calls"),
    ]
    response = whole(asked, events)
    [item] = response["output"]
    kinds.ResponseToolSearchCall.model_validate(item, strict=True)
    assert (item["call_id"], item["arguments"]) == ("c1", {"query": "mail"})
    streamed = frames(asked, [[event] for event in events])
    assert streamed[-1]["response"] == response
    done = [event["item"] for event in streamed if event["type"].endswith("item.done")]
    assert done == [item]
    assert len(assembled(streamed)) == 1


def test_the_tools_that_a_search_found_can_be_called() -> None:
    client = {"call_id": "c1", "execution": "client"}
    call = {"type": "tool_search_call", "arguments": {"query": "mail"}, **client}
    found = {"type": "tool_search_output", "tools": [namespace("mail", LOOK)], **client}
    asked = chat(input=[said("user", "go"), call, found], tools=[FIND])
    assert [tool.name for tool in asked.tools] == ["tool_search", "mail__look"]
    _, searched, result = asked.messages
    assert searched.tool_calls == (ToolCall("c1", "tool_search", '{"query":"mail"}'),)
    assert (result.role, result.call_id) == ("tool", "c1")
    assert "mail__look" in result.text


def test_what_cannot_be_declared_in_the_input_is_refused() -> None:
    error = refusal(input=[additional({"type": "mcp"}), said("user", "go")])
    assert error.param == "input[0].tools[0].type"
