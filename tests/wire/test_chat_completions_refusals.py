from __future__ import annotations

import json
from typing import Any

import pytest

from utils.errors import InvalidRequest
from utils.wire.chat.dialect import ChatCompletions

HI: dict[str, Any] = {"role": "user", "content": "hi"}


def refusal(**fields: Any) -> InvalidRequest:
    body = {"model": "m", "messages": [HI], **fields}
    with pytest.raises(InvalidRequest) as refused:
        ChatCompletions.parse(json.dumps(body).encode()).to_chat()
    return refused.value


UNSUPPORTED = "this relay does not support it"
REQUIRED = "this field is required"
PART = "messages[0].content[0]"
ROLES = "'system', 'developer', 'user'"
PARTS = "'text', 'refusal', 'image_url', 'image_file', 'input_audio', 'file'"
STOPS = "must be a text, or at most 4, of which none is empty"
FUNCTION = {"type": "function", "function": {"name": "f"}}


def said(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


def called(**call: Any) -> dict[str, Any]:
    return {"messages": [{"role": "assistant", "tool_calls": [call]}]}


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"messages": None}, "messages", "must be an array"),
        ({"messages": "SECRET"}, "messages", "must be an array"),
        ({"messages": {"SECRET": 1}}, "messages", "must be an array"),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [None]}, "messages[0]", "object"),
        ({"messages": [HI, "SECRET"]}, "messages[1]", "object"),
        ({"messages": [HI, {}]}, "messages[1].role", REQUIRED),
        ({"messages": [HI | {"role": "SECRET"}]}, "messages[0].role", ROLES),
        ({"messages": [HI | {"role": "User"}]}, "messages[0].role", ROLES),
        ({"messages": [HI | {"role": 5}]}, "messages[0].role", ROLES),
        ({"messages": [HI | {"name": "b" * 65}]}, "messages[0].name", "at most 64"),
        ({"messages": [HI | {"tool_call_id": 5}]}, "messages[0].tool_call_id", "string"),
        ({"messages": [HI | {"tool_calls": {}}]}, "messages[0].tool_calls", "array"),
        (said(5), "messages[0].content", "string"),
        (said({"SECRET": 1}), "messages[0].content", "string"),
        (said(["SECRET"]), PART, "object"),
        (said([{"text": "SECRET"}]), f"{PART}.type", REQUIRED),
        (said([{"type": "SECRET"}]), f"{PART}.type", PARTS),
        (said([{"type": ["SECRET"]}]), f"{PART}.type", PARTS),
        (said([{"type": "video_url", "video_url": {"url": "SECRET"}}]), f"{PART}.type", PARTS),
        (said([{"type": "input_audio", "input_audio": {}}]), f"{PART}.input_audio.data",
         REQUIRED),
        (said([{"type": "image_url"}]), f"{PART}.image_url", REQUIRED),
        (said([{"type": "image_url", "image_url": {}}]), f"{PART}.image_url.url", REQUIRED),
        (said([{"type": "image_file", "image_file": {}}]), f"{PART}.image_file.file_id",
         REQUIRED),
        (said([{"type": "file", "file": {"file_data": 5}}]), f"{PART}.file.file_data",
         "string"),
        (said([{"type": "text"}]), f"{PART}.text", REQUIRED),
        (said([{"type": "text", "text": 5}]), f"{PART}.text", "string"),
        (called(id="c"), "messages[0].tool_calls[0].function", REQUIRED),
        (called(function={"name": "f"}), "messages[0].tool_calls[0].id", REQUIRED),
        (called(id="c", type="SECRET", function={"name": "f"}),
         "messages[0].tool_calls[0].type", "'function'"),
        (called(id="c", function={"name": "f", "arguments": {"a": "SECRET"}}),
         "messages[0].tool_calls[0].function.arguments", "string"),
        ({"messages": [{"role": "user"}]}, "messages", "none of them has any content"),
        ({"messages": [{"role": "user", "content": " \n"}, {"role": "user", "content": []}]},
         "messages", "none of them has any content"),
        ({"model": 5}, "model", "string"),
        ({"model": ["SECRET"]}, "model", "string"),
        ({"model": ""}, "model", "an empty name"),
        ({"model": " "}, "model", "an empty name"),
        ({"model": ":online"}, "model", "an empty name"),
        ({"stream": "true"}, "stream", "boolean"),
        ({"stream": 1}, "stream", "boolean"),
        ({"stream_options": True}, "stream_options", "object"),
        ({"stream_options": {"include_usage": "SECRET"}}, "stream_options.include_usage",
         "boolean"),
        ({"tools": [{"type": "custom", "custom": {"name": "SECRET"}}]}, "tools[0].type",
         "'function'"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", REQUIRED),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", REQUIRED),
        ({"tools": [{"type": "function", "function": {"name": "a SECRET"}}]},
         "tools[0].function.name", "pattern"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": "SECRET"}}]},
         "tools[0].function.parameters", "object"),
        ({"tools": [FUNCTION] * 513}, "tools", "at most 512"),
        ({"tools": [{}]}, "tools[0].type", REQUIRED),
        ({"tools": "SECRET"}, "tools", "array"),
        ({"tools": [FUNCTION], "tool_choice": "SECRET"}, "tool_choice",
         "'none', 'auto' or 'required'"),
        ({"tools": [FUNCTION], "tool_choice": {"type": "SECRET"}}, "tool_choice.type",
         "'function', 'allowed_tools'"),
        ({"tool_choice": "required"}, "tool_choice", "there is no such tool"),
        ({"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "g"}}},
         "tool_choice", "there is no such tool"),
        ({"parallel_tool_calls": "yes"}, "parallel_tool_calls", "boolean"),
        ({"functions": [{"name": "SECRET"}]}, "functions", UNSUPPORTED),
        ({"function_call": {"name": "SECRET"}}, "function_call", UNSUPPORTED),
        ({"logprobs": True}, "logprobs", UNSUPPORTED),
        ({"top_logprobs": 3}, "top_logprobs", UNSUPPORTED),
        ({"stop": ["SECRET", ""]}, "stop", STOPS),
        ({"stop": [""]}, "stop", STOPS),
        ({"stop": ["SECRET"] * 5}, "stop", STOPS),
        ({"stop": ["SECRET", None]}, "stop", STOPS),
        ({"stop": {"SECRET": 1}}, "stop", STOPS),
        ({"stop": 5}, "stop", STOPS),
        ({"functions": ["text"]}, "functions", UNSUPPORTED),
        ({"modalities": ["text", "SECRET"]}, "modalities[1]", "'text' or 'audio'"),
        ({"modalities": "audio"}, "modalities", "array"),
        ({"audio": "SECRET"}, "audio", "object"),
        ({"n": 9}, "n", "less than or equal to 8"),
        ({"n": 0}, "n", "greater than or equal to 1"),
        ({"n": True}, "n", "integer"),
        ({"response_format": {"type": "SECRET"}}, "response_format.type",
         "'text', 'json_object', 'json_schema'"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", REQUIRED),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": "SECRET"}}},
         "response_format.json_schema.schema", "object"),
        ({"response_format": "SECRET"}, "response_format", "object"),
        ({"temperature": 2.1}, "temperature", "less than or equal to 2"),
        ({"temperature": -0.1}, "temperature", "greater than or equal to 0"),
        ({"temperature": "0.5"}, "temperature", "number"),
        ({"temperature": float("nan")}, "temperature", "finite"),
        ({"temperature": float("inf")}, "temperature", "finite"),
        ({"top_p": 1.1}, "top_p", "less than or equal to 1"),
        ({"presence_penalty": -3}, "presence_penalty", "greater than or equal to -2"),
        ({"frequency_penalty": 3}, "frequency_penalty", "less than or equal to 2"),
        ({"seed": 0.5}, "seed", "integer"),
        ({"seed": 2**63}, "seed", "less than"),
        ({"seed": -(2**63) - 1}, "seed", "greater than or equal to"),
        ({"user": 5}, "user", "string"),
        ({"reasoning_effort": 5}, "reasoning_effort", "'minimal'"),
        ({"reasoning_effort": "SECRET"}, "reasoning_effort", "'minimal'"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"max_tokens": "9"}, "max_tokens", "integer"),
        ({"max_completion_tokens": -1}, "max_completion_tokens", "greater than or equal to 1"),
        ({"logit_bias": {"50256": "SECRET"}}, "logit_bias", "number"),
        ({"logit_bias": ["SECRET"]}, "logit_bias", "object"),
        ({"web_search": "yes"}, "web_search", "boolean"),
        ({"web_search_options": {"search_context_size": "SECRET"}},
         "web_search_options.search_context_size", "'low', 'medium' or 'high'"),
        ({"num_of_site": 0}, "num_of_site", "greater than or equal to 1"),
        ({"num_of_site": 51}, "num_of_site", "less than or equal to 50"),
        ({"max_word": 100_001}, "max_word", "less than or equal to 100000"),
    ],
)  # fmt: skip
def test_a_bad_field_is_refused_by_name(
    fields: dict[str, Any], param: str, message: str
) -> None:
    error = refusal(**fields)
    assert (error.status, error.param) == (400, param)
    assert error.message.startswith(f"{param}: ")
    assert message in error.message
    assert "Value error" not in error.message
    assert "SECRET" not in error.message


NOWHERE = "must be a data: or http(s) URL"
NO_DATA = "a data URL must hold base64"


@pytest.mark.parametrize(
    ("part", "place", "message"),
    [
        ({"type": "image_url", "image_url": {"url": "SECRET"}}, "image_url", NOWHERE),
        ({"type": "image_url", "image_url": "file:///SECRET"}, "image_url", NOWHERE),
        ({"type": "image_url", "image_url": ""}, "image_url", NOWHERE),
        ({"type": "image_url", "image_url": "data:image/png,SECRET"}, "image_url", NO_DATA),
        ({"type": "image_url", "image_url": "data:image/png;base64"}, "image_url", NO_DATA),
        ({"type": "image_url", "image_url": "data:image/png;base64,"}, "image_url",
         "there is nothing in it"),
        ({"type": "image_url", "image_url": "data:image/png;base64,SECRET*"}, "image_url",
         "this is not base64"),
        ({"type": "input_audio", "input_audio": {"data": "SECRET*"}}, "input_audio",
         "this is not base64"),
        ({"type": "file", "file": {"file_data": "SECRET*"}}, "file", "this is not base64"),
        ({"type": "file", "file": {"filename": "SECRET"}}, "file",
         "needs file_data, file_id or file_url"),
        ({"type": "file", "file": {"file_url": "ftp://SECRET"}}, "file", NOWHERE),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_where_it_stands(
    part: dict[str, Any], place: str, message: str
) -> None:
    text = {"type": "text", "text": "look"}
    error = refusal(messages=[HI, {"role": "user", "content": [text, part]}])
    assert (error.status, error.param) == (400, f"messages[1].content[1].{place}")
    assert message in error.message
    assert "SECRET" not in error.message


@pytest.mark.fault(53)
def test_a_body_without_messages_is_refused() -> None:
    for body in (b"{}", b'{"model":"m"}', b'{"prompt":"SECRET"}'):
        with pytest.raises(InvalidRequest, match=r"^messages: this field is required$"):
            ChatCompletions.parse(body)
