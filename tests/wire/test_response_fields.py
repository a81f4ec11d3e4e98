"""What a response asks for beside its input and its tools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.responses.asking import STAMP, chat, refusal, turn
from utils.domain.chat import Chat, Structure
from utils.wire.responses.dialect import Responses

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
FLAT = {"type": "json_schema", "name": "s", "schema": SCHEMA, "strict": True}
NESTED = {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA, "strict": True}}
STRICT = Structure(SCHEMA, "s", strict=True)
SEARCH = {"type": "web_search"}


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"stream": True}, "stream", True),
        ({"model": " x "}, "model", "x"),
        ({"max_output_tokens": 1}, "max_tokens", 1),
        ({"stop": ["\n"]}, "stops", ("\n",)),
        ({"reasoning": {"effort": "high", "summary": "auto"}}, "effort", "high"),
        ({"reasoning_effort": "low"}, "effort", "low"),
        ({"reasoning": {"effort": "max"}, "reasoning_effort": "low"}, "effort", "max"),
        ({"parallel_tool_calls": False}, "parallel_calls", False),
        ({"truncation": "auto"}, "trims", True),
        ({"text": {"format": {"type": "json_object"}}}, "structure", Structure()),
        ({"text": {"format": FLAT}}, "structure", STRICT),
        ({"response_format": {"type": "json_object"}}, "structure", Structure()),
        ({"response_format": NESTED}, "structure", STRICT),
        ({"text": {"format": FLAT}, "response_format": {"type": "json_object"}}, "structure",
         STRICT),
        ({"temperature": 0, "top_p": 1, "user": "u"}, "sampling",
         {"temperature": 0, "top_p": 1}),
    ],
)  # fmt: skip
def test_a_field_says_one_thing_and_nothing_else(
    fields: dict[str, Any], name: str, value: object
) -> None:
    asked, plain = chat(**fields), chat()
    assert getattr(asked, name) == value
    for other in Chat.__slots__:
        assert other == name or getattr(asked, other) == getattr(plain, other)


FIELDS = """
    model stream store background tools tool_choice parallel_tool_calls stop text
    response_format reasoning reasoning_effort truncation include metadata prompt
    top_logprobs instructions previous_response_id conversation messages temperature
    web_search web_search_options max_output_tokens max_tool_calls user
"""
NOTHING: dict[str, Any] = dict.fromkeys(FIELDS.split())


@pytest.mark.parametrize(
    "fields",
    [
        NOTHING | {"model": "m"},
        {"text": {"format": {"type": "text"}}},
        {"top_logprobs": 0},
        {"truncation": "disabled"},
        {"service_tier": "flex", "client_metadata": {"a": 1}, "stream_options": {},
         "prompt_cache_key": "k", "safety_identifier": "s", "verbosity": "low"},
    ],
)  # fmt: skip
def test_a_field_that_says_nothing_changes_nothing(fields: dict[str, Any]) -> None:
    asked = turn(**fields)
    assert asked.to_chat() == chat()
    assert asked.ignored == []


def test_a_turn_may_lose_its_oldest_turns_where_the_request_allows_it() -> None:
    assert chat(truncation="auto").trims
    assert not chat().trims


@pytest.mark.parametrize(
    ("fields", "ignored"),
    [
        ({"temperature": 1, "user": "u"}, ["temperature", "user"]),
        ({"max_tool_calls": 2}, ["max_tool_calls"]),
        ({"text": {"verbosity": "low"}}, ["text.verbosity"]),
        ({"include": ["message.input_image.image_url", "web_search_call.action.sources"]},
         ["include.web_search_call.action.sources"]),
        ({"tools": [SEARCH, {"type": "function", "name": "f"}]}, ["tools.web_search"]),
        ({"tools": [SEARCH | {"filters": {"a": 1}, "search_context_size": "low"}]},
         ["tools.web_search.filters", "tools.web_search.search_context_size"]),
        ({"web_search_options": {"search_context_size": "low"}},
         ["web_search_options.search_context_size"]),
    ],
)  # fmt: skip
def test_what_changes_nothing_is_named(fields: dict[str, Any], ignored: list[str]) -> None:
    assert turn(**fields).ignored == ignored


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, {"type": "text"}),
        ({"text": {"format": {"type": "json_object"}}}, {"type": "json_object"}),
        ({"text": {"format": FLAT}}, FLAT),
        ({"text": {"format": {"type": "json_schema", "schema": SCHEMA}}},
         {"type": "json_schema", "schema": SCHEMA, "name": "answer"}),
        ({"response_format": NESTED}, FLAT),
    ],
)  # fmt: skip
def test_the_format_is_shown_flat(fields: dict[str, Any], shown: Any) -> None:
    assert turn(**fields).begun(STAMP, "queued")["text"]["format"] == shown


PAIRS = {str(n): "" for n in range(17)}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": 5}, "model"),
        ({"model": " "}, "model"),
        ({"stream": "SECRET"}, "stream"),
        ({"instructions": ["SECRET"]}, "instructions"),
        ({"previous_response_id": "resp_1", "conversation": "SECRET"}, "conversation"),
        ({"conversation": {}}, "conversation.id"),
        ({"background": True, "store": False}, "background"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"metadata": PAIRS}, "metadata"),
        ({"metadata": {"a" * 65: ""}}, "metadata"),
        ({"metadata": {"a": "b" * 513}}, "metadata"),
        ({"metadata": {"SECRET": 5}}, "metadata"),
        ({"prompt": {"id": "SECRET"}}, "prompt"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"truncation": "SECRET"}, "truncation"),
        ({"reasoning": {"effort": "SECRET"}}, "reasoning.effort"),
        ({"reasoning": {"summary": "SECRET"}}, "reasoning.summary"),
        ({"include": ["bad\r\nheader"]}, "include[0]"),
        ({"include": ["a"] * 33}, "include"),
        ({"text": {"format": {"type": "SECRET"}}}, "text.format.type"),
        ({"text": {"format": {"type": "json_schema", "name": "s"}}}, "text.format.schema"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"stop": ["a", ""]}, "stop"),
        ({"temperature": 3}, "temperature"),
        ({"messages": "SECRET"}, "messages"),
    ],
)
def test_a_bad_field_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    error = refusal(**fields)
    assert (error.status, error.param) == (400, param)
    assert error.message.startswith(f"{param}: ")
    assert "SECRET" not in error.message


def test_metadata_may_be_as_long_as_openais() -> None:
    metadata = {f"{n:064}": "b" * 512 for n in range(16)}
    body = json.dumps({"input": "hi", "metadata": metadata}).encode()
    assert Responses.parse(body).metadata == metadata
