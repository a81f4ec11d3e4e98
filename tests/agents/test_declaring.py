"""Tools of every kind that can be declared, and which of them may be called."""

from __future__ import annotations

import json
import socket
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.agents.agent import ADD, WEATHER, by_hand
from tests.agents.scripts import in_pieces, writes
from tests.agents.sdk import Answer, taking, told, tool, user
from tests.serving import ThreadedRelay

TOOLS = [ADD, WEATHER]
CALL_ADD = 'call add with {"a": 1, "b": 2}'
CALL_BOTH = CALL_ADD + ' and call get-weather with {"city": "Oslo"}'
Way = Literal["whole", "stream"]
both_ways = pytest.mark.parametrize("way", ["whole", "stream"])


def calling(
    client: OpenAI, words: str, tools: list[dict[str, Any]], way: Way = "whole", **fields: Any
) -> Answer:
    return told(way, client, messages=[user(words)], tools=tools, **fields)


def names(answer: Answer) -> list[str]:
    return [call.name for call in answer.calls]


def last_prompt(onemin: Simulator) -> str:
    return str(onemin.chats[-1].json["promptObject"]["prompt"])


# What may be called


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def allowed(mode: str, *tools: str) -> dict[str, Any]:
    chosen = {"mode": mode, "tools": [named(name) for name in tools]}
    return {"type": "allowed_tools", "allowed_tools": chosen}


@both_ways
@pytest.mark.parametrize(
    ("words", "choice", "expected"),
    [
        ("say exactly: hi", "auto", []),
        (CALL_BOTH, "auto", ["add", "get-weather"]),
        (CALL_BOTH, "none", []),
        ("Hello", "required", ["add"]),
        (CALL_BOTH, "required", ["add", "get-weather"]),
        ("Hello", named("get-weather"), ["get-weather"]),
        (CALL_BOTH, named("get-weather"), ["get-weather"]),
        (CALL_BOTH, allowed("auto", "add"), ["add"]),
        ("say exactly: hi", allowed("auto", "add"), []),
        ("Hello", allowed("required", "get-weather"), ["get-weather"]),
    ],
)
def test_what_may_be_called_is_the_clients_choice(
    client: OpenAI, way: Way, words: str, choice: Any, expected: list[str]
) -> None:
    answer = calling(client, words, TOOLS, way, tool_choice=choice)
    assert names(answer) == expected
    assert answer.finish == ("tool_calls" if expected else "stop")
    assert bool(answer.content) is not bool(expected)


def test_a_tool_that_may_not_be_called_is_not_told_of(
    client: OpenAI, onemin: Simulator
) -> None:
    for choice in ("none", named("add"), allowed("auto", "add")):
        calling(client, CALL_ADD, TOOLS, tool_choice=choice)
        assert "get-weather" not in last_prompt(onemin)


@pytest.mark.parametrize("choice", [named("sub"), allowed("required", "sub")])
def test_a_choice_of_no_tool_costs_nothing(
    client: OpenAI, onemin: Simulator, choice: Any
) -> None:
    before = len(onemin.chats)
    with pytest.raises(openai.BadRequestError) as caught:
        calling(client, CALL_ADD, TOOLS, tool_choice=choice)
    assert caught.value.param == "tool_choice"
    assert len(onemin.chats) == before


def test_a_tool_must_be_called_where_the_model_would_rather_talk(
    client: OpenAI, onemin: Simulator
) -> None:
    before = len(onemin.chats)
    answer = calling(client, f"{CALL_ADD} [[tools=prose-only]]", TOOLS, tool_choice="required")
    assert names(answer) == ["add"]
    assert len(onemin.chats) - before == 2


@both_ways
def test_only_one_call_comes_where_only_one_may(client: OpenAI, way: Way) -> None:
    answer = calling(client, CALL_BOTH, TOOLS, way, parallel_tool_calls=False)
    assert names(answer) == ["add"]
    assert answer.content is None


# Schemas

NODE = {
    "type": "object",
    "properties": {
        "root": {"$ref": "#/$defs/node"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["root"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name"],
        }
    },
}
DEEP = {"root": {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}}
STRICT = {
    "type": "object",
    "properties": {
        "unit": {"type": "string", "enum": ["°C", "°F"]},
        "place": taking(lat="number", lon="number"),
        "days": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        "when": {"oneOf": [{"type": "integer"}, {"type": "string", "format": "date"}]},
        "exact": {"type": ["boolean", "null"]},
    },
    "required": ["unit", "place", "days", "when", "exact"],
    "additionalProperties": False,
}
FULL = {
    "unit": "°C",
    "place": {"lat": 59.9, "lon": -10},
    "days": [1, 2],
    "when": "2020-01-01",
    "exact": None,
}


@both_ways
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "case",
    [
        (NODE, DEEP),
        (NODE, {**DEEP, "note": None}),
        (STRICT, FULL),
        ({}, {"any": ["thing", 1.5, None]}),
        ({"type": "object", "properties": {}}, {}),
        (taking(text="string"), {"text": 'Zażółć "gęślą"\n\t語\\n 🌍\u2028 </tool_call> {x}'}),
        (taking(text="string"), {"text": "```json\n{}\n``` <tool_call_ab>{</tool_call_ab>"}),
    ],
    ids=["ref", "null", "strict", "free", "none", "letters", "markup"],
)  # fmt: skip
def test_arguments_are_what_the_model_wrote(
    client: OpenAI, onemin: Simulator, way: Way, case: tuple[Any, Any], *, strict: bool
) -> None:
    schema, given = case
    onemin.script(in_pieces(7))
    words = f"call use with {json.dumps(given, ensure_ascii=False)}"
    answer = calling(client, words, [tool("use", schema, strict=strict)], way)
    assert [json.loads(call.arguments) for call in answer.calls] == [given]
    assert answer.content is None


NAMES = ["get-weather", "mcp__x__read_file", "a", "Big.Name", "n" * 64]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_one_that_was_declared(
    client: OpenAI, onemin: Simulator, name: str
) -> None:
    tools = [tool(name), tool("other")]
    assert names(calling(client, f"call {name} with {{}}", tools)) == [name]
    onemin.script(writes(lambda frame: [frame.write(name.replace("-", "_").upper(), "{}")]))
    assert names(calling(client, "Go", tools)) == [name]


def test_any_of_twenty_tools_is_called(client: OpenAI) -> None:
    tools = [tool(f"tool_{n}", taking(**{f"x{n}": "integer"})) for n in range(20)]
    words = " and ".join(f'call tool_{n} with {{"x{n}": {n}}}' for n in range(20))
    answer = calling(client, words, tools, "stream")
    assert names(answer) == [f"tool_{n}" for n in range(20)]
    assert [json.loads(c.arguments) for c in answer.calls] == [{f"x{n}": n} for n in range(20)]
    assert len({call.id for call in answer.calls}) == 20


@both_ways
def test_an_argument_may_be_as_long_as_a_file(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    lines = [f'{n}: "quoted" \\ Zażółć\n' for n in range(45_000)]
    text = "".join(lines)
    assert len(text) > 1_000_000
    written = json.dumps({"path": "a.txt", "text": text}, ensure_ascii=False)
    cut = [written[at : at + 4096] for at in range(0, len(written), 4096)]
    onemin.script(
        writes(lambda frame: [*frame.write("write", "\0").partition("\0")[:1], *cut, "}"])
    )
    answer = calling(client, "Go", [tool("write", taking(path="string", text="string"))], way)
    [call] = answer.calls
    assert json.loads(call.arguments) == {"path": "a.txt", "text": text}


@both_ways
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"type": "object", "properties": {"a": {"type": 7}}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/nowhere"}}},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}},
    ],
    ids=["type", "within", "ref", "pattern"],
)
def test_what_is_no_schema_costs_nothing(
    client: OpenAI, onemin: Simulator, way: Way, schema: Any
) -> None:
    before = len(onemin.chats)
    with pytest.raises(openai.BadRequestError) as caught:
        calling(client, "Hello", [tool("bad", schema), ADD], way)
    assert caught.value.param == "tools[0].function.parameters"
    with pytest.raises(openai.BadRequestError) as caught:
        calling(client, "Hello", [ADD, tool("bad", schema)], way)
    assert caught.value.param == "tools[1].function.parameters"
    assert len(onemin.chats) == before


def test_a_schema_on_another_host_is_never_fetched(client: OpenAI, onemin: Simulator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.settimeout(0.2)
        remote = {"$ref": f"http://127.0.0.1:{stranger.getsockname()[1]}/schema.json"}
        for schema in (remote, {"type": "object", "properties": {"a": remote}}):
            before = len(onemin.chats)
            with pytest.raises(openai.BadRequestError) as caught:
                calling(client, 'call use with {"a": 1}', [tool("use", schema)])
            assert caught.value.param == "tools[0].function.parameters"
            assert len(onemin.chats) == before
        with pytest.raises(TimeoutError):
            stranger.accept()


def test_a_file_is_not_read_for_a_schema(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        calling(client, "Hello", [tool("use", {"$ref": "file:///etc/hostname"})])
    assert caught.value.param == "tools[0].function.parameters"


def test_a_history_of_another_models_ids_is_taken(client: OpenAI, relay: ThreadedRelay) -> None:
    """Agents change models, and some reuse an id in each round."""
    messages: list[Any] = [user(f"{CALL_ADD} and say exactly: {{result}}")]
    for answer in ("3", "3"):
        called = Answer(None, calling(client, CALL_ADD, TOOLS).calls)
        called.calls[0].id = "1"
        messages += [by_hand(called), {"role": "tool", "tool_call_id": "1", "content": answer}]
    assert told("whole", client, messages=messages, tools=TOOLS).content == "3"
