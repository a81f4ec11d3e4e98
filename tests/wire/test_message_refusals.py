"""What Anthropic's messages may not be, and the words for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from utils.errors import InvalidRequest
from utils.wire.messages.dialect import CountTokens, Messages

HI: dict[str, Any] = {"role": "user", "content": "hi"}
REQUIRED = "this field is required"
BLOCK = "messages[0].content[0]"
UNSUPPORTED = "this relay does not support"
TOOL = {"name": "f", "input_schema": {"type": "object"}}


def refusal(**fields: Any) -> InvalidRequest:
    body = {"model": "m", "max_tokens": 9, "messages": [HI], **fields}
    body = {name: value for name, value in body.items() if value is not ...}
    with pytest.raises(InvalidRequest) as refused:
        Messages.parse(json.dumps(body).encode()).to_chat()
    return refused.value


def said(*blocks: Any, role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": [*blocks]}]}


def image(**source: Any) -> dict[str, Any]:
    return said({"type": "image", "source": source})


USE = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t"}
STOPS = "at most 16 texts, none of them empty or only space"


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"max_tokens": ...}, "max_tokens", REQUIRED),
        ({"max_tokens": None}, "max_tokens", "integer"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"max_tokens": "9"}, "max_tokens", "integer"),
        ({"messages": ...}, "messages", REQUIRED),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [HI, {"role": "SECRET", "content": "x"}]}, "messages[1].role", "'user'"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", REQUIRED),
        ({"messages": [{"role": "user", "content": " "}]}, "messages", "any content"),
        (said(), "messages", "any content"),
        (said({"type": "SECRET"}), f"{BLOCK}.type", "must be one of"),
        (said({"text": "SECRET"}), f"{BLOCK}.type", REQUIRED),
        (said({"type": "text"}), f"{BLOCK}.text", REQUIRED),
        (image(type="SECRET"), f"{BLOCK}.source.type", "must be one of"),
        (image(type="base64", data="SECRET!"), f"{BLOCK}.source", "not base64"),
        (image(type="url", url="SECRET"), f"{BLOCK}.source", "data: or http(s) URL"),
        (said(RESULT | {"content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}),
         f"{BLOCK}.content[0].source", "data: or http(s) URL"),
        (said({**USE, "input": "SECRET"}, role="assistant"), f"{BLOCK}.input", "object"),
        (said(USE), BLOCK, "tool_use belongs in a message of the assistant"),
        (said(RESULT, role="assistant"), BLOCK, "tool_result belongs in a message of the user"),
        ({"system": 5}, "system", "string"),
        ({"system": [{"type": "image"}]}, "system[0].type", "'text'"),
        ({"model": ":online"}, "model", "empty name"),
        ({"temperature": 1.5}, "temperature", "less than or equal to 1"),
        ({"top_p": 2}, "top_p", "less than or equal to 1"),
        ({"top_k": -1}, "top_k", "greater than or equal to 0"),
        ({"stream": "yes"}, "stream", "boolean"),
        ({"stop_sequences": "a"}, "stop_sequences", STOPS),
        ({"stop_sequences": ["a", " \n"]}, "stop_sequences", STOPS),
        ({"stop_sequences": ["a"] * 17}, "stop_sequences", STOPS),
        ({"mcp_servers": [{"type": "url"}]}, "mcp_servers", UNSUPPORTED),
        ({"inference_geo": "us"}, "inference_geo", UNSUPPORTED),
        ({"compaction": {"type": "x"}}, "compaction", UNSUPPORTED),
        ({"thread": {"type": "create"}}, "thread", UNSUPPORTED),
        ({"thinking": {"type": "enabled", "budget_tokens": 1023}}, "thinking.budget_tokens",
         "1024"),
        ({"thinking": {"type": "SECRET"}}, "thinking.type", "'enabled'"),
        ({"output_config": {"effort": "SECRET"}}, "output_config.effort", "'low'"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema",
         REQUIRED),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": 5}}}},
         "output_config.format.schema", "not a usable schema"),
        ({"output_format": {"type": "json_schema", "schema": {"type": 5}}},
         "output_format.schema", "not a usable schema"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name", REQUIRED),
        ({"tools": [TOOL, {"name": "g"}]}, "tools[1].input_schema", REQUIRED),
        ({"tools": [TOOL | {"name": "a b"}]}, "tools[0].name", "pattern"),
        ({"tools": [TOOL | {"input_schema": {"type": 5}}]}, "tools[0].input_schema",
         "not a usable schema"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}, TOOL, TOOL]},
         "tools[2].name", "declared twice"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "g"}}, "tool_choice",
         "no such tool"),
        ({"tool_choice": {"type": "any"}}, "tool_choice", "no such tool"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool"}}, "tool_choice.name", REQUIRED),
        ({"tools": [TOOL], "tool_choice": "auto"}, "tool_choice", "object"),
        ({"tools": [TOOL] * 513}, "tools", "at most 512"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_name(
    fields: dict[str, Any], param: str, message: str
) -> None:
    error = refusal(**fields)
    assert error.param == param
    assert error.message.startswith(param)
    assert message in error.message
    assert "SECRET" not in error.message


@pytest.mark.parametrize(
    "kind",
    ["bash_20250124", "text_editor_20250728", "memory_20250818", "code_execution_20260521",
     "web_fetch_20260318", "computer_toolset_20260801", "tool_search_tool_bm25"],
)  # fmt: skip
def test_a_tool_of_anthropics_own_is_refused_by_name(kind: str) -> None:
    error = refusal(tools=[TOOL, {"type": kind}])
    assert error.param == "tools[1].type"
    assert f"{UNSUPPORTED} '{kind}'" in error.message


def test_counting_is_as_strict() -> None:
    with pytest.raises(InvalidRequest, match="messages: this field is required"):
        CountTokens.parse(b"{}")


def test_a_conversation_that_anthropic_would_hold_is_refused_in_its_own_code() -> None:
    """By which the SDK goes on without."""
    thread = {"type": "continue", "previous_message_id": "msg_1"}
    assert refusal(thread=thread).code == "thread_unsupported_request"
    assert refusal(compaction={}).code == "compaction_unavailable"
