"""Anthropic's messages, as a chat."""

from __future__ import annotations

import json
from typing import Any

import pytest

from utils.domain.chat import (
    Chat,
    Message,
    Structure,
    Tool,
    ToolChoice,
    WebSearch,
)
from utils.wire.messages.dialect import Messages

HI: dict[str, Any] = {"role": "user", "content": "hi"}


def asked(**fields: Any) -> Messages:
    body = {"model": "m", "max_tokens": 9, "messages": [HI], **fields}
    return Messages.parse(json.dumps(body).encode())


def chat(**fields: Any) -> Chat:
    return asked(**fields).to_chat()


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def test_a_plain_request_is_a_plain_chat() -> None:
    assert chat() == Chat(
        model="m", messages=(Message(role="user", text="hi"),), max_tokens=9, stream=False
    )


@pytest.mark.parametrize(
    "system", ["Be.\nBrief.", [text("Be.", cache_control={}), text("Brief.")]]
)
def test_the_system_comes_first(system: Any) -> None:
    assert chat(system=system).messages[0] == Message(role="system", text="Be.\nBrief.")


def test_a_system_turn_may_stand_anywhere() -> None:
    messages = chat(messages=[HI, {"role": "system", "content": [text("Now.")]}]).messages
    assert [message.role for message in messages] == ["user", "system"]


def test_null_means_the_usual() -> None:
    names = Messages.model_fields.keys() - {"messages", "max_tokens", "model"}
    assert chat(**dict.fromkeys(names)) == chat()


def test_what_nobody_knows_is_ignored() -> None:
    assert chat(brand_new=1, messages=[HI | {"new": 1}]) == chat()


DECLARED = {"name": "f", "description": "d", "input_schema": {"type": "object"}}
F, G = (Tool(name=name, parameters={"type": "object"}) for name in "fg")
BOTH = [{"name": name, "input_schema": {"type": "object"}} for name in "fg"]


def test_a_tool_is_declared() -> None:
    for kind in ({}, {"type": None}, {"type": "custom", "strict": True, "input_examples": []}):
        [tool] = chat(tools=[DECLARED | kind]).tools
        strict = "strict" in kind
        assert tool == Tool(
            name="f", description="d", parameters={"type": "object"}, strict=strict
        )


@pytest.mark.parametrize(
    ("choice", "tools", "expected"),
    [
        (None, (F, G), ToolChoice()),
        ({"type": "auto"}, (F, G), ToolChoice()),
        ({"type": "any"}, (F, G), ToolChoice(required=True)),
        ({"type": "tool", "name": "g"}, (G,), ToolChoice(required=True, name="g")),
        ({"type": "none"}, (), ToolChoice()),
    ],
)
def test_a_choice_says_which_tools_may_be_called(
    choice: Any, tools: tuple[Tool, ...], expected: ToolChoice
) -> None:
    made = chat(tools=BOTH, tool_choice=choice)
    assert (made.tools, made.tool_choice, made.parallel_calls) == (tools, expected, True)


@pytest.mark.parametrize("choice", [{"type": "auto"}, {"type": "tool", "name": "f"}])
def test_parallel_calls_can_be_forbidden(choice: dict[str, Any]) -> None:
    assert not chat(
        tools=BOTH, tool_choice=choice | {"disable_parallel_tool_use": True}
    ).parallel_calls


SEARCH = {"type": "web_search_20260318", "name": "web_search"}


@pytest.mark.parametrize(
    ("fields", "searches", "ignored"),
    [
        ({"tools": [SEARCH]}, True, []),
        ({"tools": [SEARCH | {"allowed_domains": ["a.example"], "max_uses": 8}]}, True,
         ["tools.web_search.allowed_domains", "tools.web_search.max_uses"]),
        ({"tools": [SEARCH, DECLARED]}, False, ["tools.web_search"]),
        ({"tools": [SEARCH], "tool_choice": {"type": "none"}}, False, ["tools.web_search"]),
        ({"model": "m:online"}, True, []),
        ({"tools": []}, False, []),
    ],
)  # fmt: skip
def test_a_search_is_made_where_it_is_the_only_tool(
    fields: dict[str, Any], *, searches: bool, ignored: list[str]
) -> None:
    made = asked(**fields)
    assert made.to_chat().web_search == (WebSearch() if searches else None)
    assert made.to_chat().model == "m"
    assert made.ignored == ignored


@pytest.mark.parametrize(
    ("fields", "effort"),
    [
        ({}, ""),
        ({"thinking": {"type": "disabled"}}, ""),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, ""),
        ({"thinking": {"type": "between_tools"}}, ""),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 8000}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high"),
        ({"output_config": {"effort": "xhigh"}}, "xhigh"),
        ({"output_config": {"effort": "low"},
          "thinking": {"type": "enabled", "budget_tokens": 31_999}}, "low"),
    ],
)  # fmt: skip
def test_how_hard_to_think(fields: dict[str, Any], effort: str) -> None:
    assert chat(**fields).effort == effort


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
FORMAT = {"type": "json_schema", "schema": SCHEMA}


@pytest.mark.parametrize(
    "fields", [{"output_config": {"format": FORMAT}}, {"output_format": FORMAT}]
)
def test_a_structure_is_asked_for_under_either_name(fields: dict[str, Any]) -> None:
    assert chat(**fields).structure == Structure(SCHEMA, strict=True)


def test_bounds_and_sampling_are_passed_on() -> None:
    made = asked(
        stop_sequences=["a\n", "b"] * 8, temperature=1, top_p=0.5, top_k=4, stream=True
    )
    told = made.to_chat()
    assert (told.stops, told.max_tokens, told.stream) == (("a\n", "b") * 8, 9, True)
    assert told.sampling == {"temperature": 1, "top_p": 0.5}
    assert made.ignored == ["temperature", "top_p", "top_k"]


def test_what_has_no_effect_is_named() -> None:
    made = asked(
        metadata={"user_id": "u"},
        service_tier="auto",
        container="c",
        context_management={"edits": []},
        speed="fast",
        fallbacks=["m2"],
        mcp_servers=[],
        inference_geo="global",
    )
    assert ", ".join(made.ignored) == (
        "metadata, service_tier, speed, container, context_management, fallbacks"
    )
