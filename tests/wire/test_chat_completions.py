from __future__ import annotations

import json
from typing import Any

import pytest

from utils.domain.chat import Chat, Message, ToolCall, WebSearch
from utils.wire.chat.dialect import ChatCompletions

HI: dict[str, Any] = {"role": "user", "content": "hi"}
ASKED = Message(role="user", text="hi")
SEARCH = {"type": "web_search"}
FUNCTION = {"type": "function", "function": {"name": "f"}}


def parsed(**fields: Any) -> ChatCompletions:
    body = {"model": "m", "messages": [HI], **fields}
    return ChatCompletions.parse(json.dumps(body).encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1},
        {"n": None},
        {"stop": None},
        {"stop": []},
        {"stop": ""},
        {"functions": []},
        {"tools": []},
        {"logprobs": False},
        {"top_logprobs": 0},
        {"modalities": ["text"]},
        {"response_format": {"type": "text"}},
        {"response_format": None},
        {"n": 1, "parallel_tool_calls": True},
        {"audio": {"voice": "alloy"}},
        {"user": ""},
        {"stream": False},
        {"stream_options": {}},
        {"web_search": False},
        {"num_of_site": 5},
        {"tool_choice": "auto"},
        {"store": True, "metadata": {"a": "b"}, "service_tier": "auto", "unheard_of": [1]},
    ],
)
def test_a_field_without_consequence_changes_nothing(fields: dict[str, Any]) -> None:
    assert parsed(**fields).to_chat() == Chat(model="m", messages=(ASKED,))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"role": "system", "content": "a"}, Message(role="system", text="a")),
        ({"role": "developer", "content": "a"}, Message(role="system", text="a")),
        ({"role": "user", "content": " a\n"}, Message(role="user", text=" a\n")),
        (
            {"role": "user", "content": "a", "name": "b" * 64},
            Message(role="user", text="a", name="b" * 64),
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": t} for t in ("a", "", " b")]},
            Message(role="user", text="a\n\n b"),
        ),
        ({"role": "assistant", "content": None}, Message(role="assistant", text="")),
        ({"role": "assistant", "refusal": "no"}, Message(role="assistant", text="no")),
        (
            {"role": "assistant", "content": "a", "refusal": "no"},
            Message(role="assistant", text="a"),
        ),
        (
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
            Message(role="assistant", text="no"),
        ),
        (
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}},
                    {"id": "c2", "type": "function", "function": {"name": "g"}},
                ],
            },
            Message(
                role="assistant",
                text="",
                tool_calls=(ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", "")),
            ),
        ),
        (
            {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
            Message(role="assistant", text="", tool_calls=(ToolCall("", "f", "{}"),)),
        ),
        (
            {"role": "tool", "tool_call_id": "c1", "content": "7"},
            Message(role="tool", text="7", call_id="c1"),
        ),
        (
            {"role": "function", "name": "f", "content": "7"},
            Message(role="tool", text="7", name="f"),
        ),
    ],
)
def test_a_message_becomes_a_turn(message: dict[str, Any], expected: Message) -> None:
    assert parsed(messages=[message, HI]).to_chat().messages == (expected, ASKED)


def test_a_call_alone_says_something() -> None:
    calls = [{"id": "c", "function": {"name": "f"}}]
    chat = parsed(messages=[{"role": "assistant", "tool_calls": calls}]).to_chat()
    assert chat.messages[0].tool_calls == (ToolCall("c", "f", ""),)


@pytest.mark.parametrize(
    ("name", "model", "searches"),
    [
        ("m", "m", False),
        (" m ", "m", False),
        (None, "", False),
        ("m:online", "m", True),
        (" m :online ", "m", True),
        ("org/m:free", "org/m:free", False),
        ("m:online:beta", "m:online:beta", False),
    ],
)
def test_a_models_name_may_ask_for_a_search(
    name: str | None, model: str, searches: bool
) -> None:
    chat = parsed(model=name).to_chat()
    assert (chat.model, chat.web_search is not None) == (model, searches)


@pytest.mark.parametrize(
    ("fields", "search"),
    [
        ({"web_search": True}, WebSearch()),
        ({"web_search_options": {}}, WebSearch()),
        ({"web_search_options": {"search_context_size": "low", "user_location": {"a": 1}}},
         WebSearch()),
        ({"tools": [{"type": "web_search"}]}, WebSearch()),
        ({"tools": [{"type": "web_search_preview", "more": 1}]}, WebSearch()),
        ({"tools": [{"type": "retrieval"}]}, WebSearch()),
        ({"web_search": True, "num_of_site": 1}, WebSearch(sites=1)),
        ({"web_search": True, "max_word": 100_000}, WebSearch(words=100_000)),
        ({"model": "m:online", "num_of_site": 50, "max_word": 1}, WebSearch(50, 1)),
    ],
)  # fmt: skip
def test_a_search_is_asked_for_in_many_ways(fields: dict[str, Any], search: WebSearch) -> None:
    assert parsed(**fields).to_chat().web_search == search


def test_a_stream_is_streamed() -> None:
    assert parsed(stream=True).to_chat().stream
    assert not parsed().to_chat().stream


@pytest.mark.parametrize(
    ("fields", "ignored"),
    [
        ({}, []),
        ({"temperature": None, "seed": None, "stop": None, "n": 1}, []),
        (
            {
                "user": "u", "logit_bias": {}, "frequency_penalty": 0, "presence_penalty": 0,
                "seed": 0, "top_p": 1, "temperature": 0,
            },
            ["temperature", "top_p", "seed", "presence_penalty", "frequency_penalty",
             "logit_bias", "user"],
        ),
        (
            {
                "reasoning_effort": "low", "max_completion_tokens": 9, "max_tokens": 9,
                "stop": "a", "n": 2, "tools": [FUNCTION],
                "response_format": {"type": "json_object"},
            },
            [],
        ),
        ({"tools": [SEARCH]}, []),
        ({"tools": [SEARCH, FUNCTION]}, ["tools.web_search"]),
        ({"tools": [SEARCH], "web_search": False}, ["tools.web_search"]),
        (
            {"web_search_options": {"search_context_size": "low", "user_location": {}}},
            ["web_search_options.search_context_size", "web_search_options.user_location"],
        ),
    ],
)  # fmt: skip
def test_what_changes_nothing_is_named(fields: dict[str, Any], ignored: list[str]) -> None:
    assert parsed(**fields).ignored == ignored
