"""A chat as a body for POST /chat/completions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from utils.compatible.chat import build
from utils.domain.chat import (
    Attachment,
    Chat,
    Link,
    Message,
    Structure,
    Tool,
    ToolCall,
    ToolChoice,
    WebSearch,
)
from utils.domain.media import AudioFormat
from utils.errors import InvalidRequest

HI = Message(role="user", text="hi")
ADD = Tool(name="add")
SCHEMA = {"type": "object", "properties": {"a": {"maximum": 10**30}}}


def body(**fields: Any) -> dict[str, Any]:
    """As it is sent; what is always there is left out."""
    built = build(Chat(**{"model": "alias", "messages": (HI,), **fields}), model="m")
    sent: dict[str, Any] = json.loads(json.dumps(built))
    assert sent.pop("model") == "m"
    return sent


def sent(*messages: Message) -> Any:
    return body(messages=messages)["messages"]


def function(**fields: Any) -> dict[str, Any]:
    return {"type": "function", "function": fields}


def test_a_plain_chat_says_only_what_it_must() -> None:
    assert body() == {"messages": [{"role": "user", "content": "hi"}], "stream": False}


def test_a_stream_asks_for_its_usage() -> None:
    asked = body(stream=True)
    assert (asked["stream"], asked["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"sampling": {"temperature": 0.0, "seed": 7}}, "temperature", 0.0),
        ({"sampling": {"temperature": 0.0, "seed": 7}}, "seed", 7),
        ({"sampling": {"stream": True}}, "stream", False),
        ({"max_tokens": 9}, "max_tokens", 9),
        ({"stops": ("a", "b")}, "stop", ["a", "b"]),
        ({"stops": tuple("abcdef")}, "stop", ["a", "b", "c", "d"]),
        ({"effort": "low"}, "reasoning_effort", "low"),
        ({"structure": Structure()}, "response_format", {"type": "json_object"}),
        ({"structure": Structure(SCHEMA)}, "response_format", {"type": "json_schema",
          "json_schema": {"name": "answer", "schema": SCHEMA, "strict": False}}),
        ({"structure": Structure(SCHEMA, "n", strict=True)}, "response_format",
         {"type": "json_schema",
          "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}),
        ({"tools": (ADD,)}, "tools", [function(
            name="add", description="", parameters={"type": "object", "properties": {}})]),
        ({"tools": (Tool(name="f", description="d", parameters=SCHEMA, strict=True),)},
         "tools", [function(name="f", description="d", parameters=SCHEMA, strict=True)]),
        ({"tools": (ADD,)}, "tool_choice", "auto"),
        ({"tools": (ADD,), "tool_choice": ToolChoice(True)}, "tool_choice", "required"),
        ({"tools": (ADD,), "tool_choice": ToolChoice(True, "add")}, "tool_choice",
         function(name="add")),
        ({"tools": (ADD,), "parallel_calls": False}, "parallel_tool_calls", False),
    ],
)  # fmt: skip
def test_what_is_asked_has_its_field(fields: dict[str, Any], name: str, value: Any) -> None:
    assert body(**fields)[name] == value


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"tools": (ADD,)}, "parallel_tool_calls"),
        ({"tool_choice": ToolChoice(True)}, "tool_choice"),
        ({"parallel_calls": False}, "parallel_tool_calls"),
        ({"choices": 3}, "n"),
    ],
)
def test_what_would_say_nothing_is_left_out(fields: dict[str, Any], name: str) -> None:
    assert name not in body(**fields)


@pytest.mark.parametrize("model", ["o3-mini", "gpt-5.4", "openai/o4-mini", "gpt-6"])
def test_a_model_that_reasons_gets_the_limit_by_its_new_name_and_no_stops(model: str) -> None:
    asked = build(Chat(model="", messages=(HI,), max_tokens=9, stops=("a",)), model=model)
    assert asked["max_completion_tokens"] == 9
    assert not asked.keys() & {"max_tokens", "stop"}


def test_roles_names_and_every_letter_stay() -> None:
    text = ' é東😀\u2028\0\t"\\\r\n '
    assert sent(
        Message(role="system", text=text), Message(role="user", text=text, name="Ann")
    ) == [
        {"role": "system", "content": text},
        {"role": "user", "content": text, "name": "Ann"},
    ]


def asks(*calls: tuple[str, str], text: str = "") -> Message:
    """A message that calls tools, each an id and a name."""
    called = tuple(ToolCall(id, name, '{"a":1}') for id, name in calls)
    return Message(role="assistant", text=text, tool_calls=called)


def gives(text: str, call_id: str = "", name: str = "") -> Message:
    return Message(role="tool", text=text, call_id=call_id, name=name)


def test_calls_and_results_go_back_as_they_came() -> None:
    first, second = sent(asks(("call_x", "add"), text="Well."), gives("", "call_x"))
    assert first == {
        "role": "assistant",
        "content": "Well.",
        "tool_calls": [
            {"id": "call_x", "type": "function",
             "function": {"name": "add", "arguments": '{"a":1}'}}
        ],
    }  # fmt: skip
    assert second == {"role": "tool", "tool_call_id": "call_x", "content": ""}


def test_a_call_without_words_has_no_content() -> None:
    [message] = sent(asks(("x", "add")))
    assert message["content"] is None


def test_a_call_without_arguments_has_empty_ones() -> None:
    calls = (ToolCall("x", "add", ""),)
    [message] = sent(Message(role="assistant", text="", tool_calls=calls))
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize(
    ("messages", "ids"),
    [
        ([asks(("", "add")), gives("3", name="add")], ["call_1", "call_1"]),
        ([asks(("", "add")), gives("3"), asks(("", "add")), gives("4")],
         ["call_1", "call_1", "call_2", "call_2"]),
        ([asks(("", "add"), ("", "sub")), gives("3", name="sub"), gives("4", name="add")],
         ["call_1", "call_2", "call_2", "call_1"]),
        ([asks(("a", "add"), ("b", "add")), gives("3", "b"), gives("4")],
         ["a", "b", "b", "a"]),
        ([asks(("a", "add")), gives("3", name="other")], ["a", "a"]),
        ([asks(("a", "add")), gives("3", "unknown")], ["a", "unknown"]),
    ],
)  # fmt: skip
def test_a_result_without_an_id_answers_the_oldest_call_it_may_mean(
    messages: list[Message], ids: list[str]
) -> None:
    told = []
    for message in sent(*messages):
        told += [call["id"] for call in message.get("tool_calls", ())]
        told += [message["tool_call_id"]] if message["role"] == "tool" else []
    assert told == ids


def test_a_file_is_refused_by_its_place() -> None:
    place = "messages[0].content[1]"
    picture = Attachment("image", Link("https://example.com/a.png"), place)
    with pytest.raises(InvalidRequest) as refused:
        sent(Message(role="user", text="look", attachments=(picture,)))
    assert (refused.value.param, refused.value.code) == (place, "unsupported_file")


@pytest.mark.parametrize(
    ("name", "value"), [("web_search", WebSearch()), ("audio", AudioFormat())]
)
def test_what_native_cannot_do_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        body(**{name: value})
    assert refused.value.param == name
