"""In what styles the scripted model writes calls and JSON, and how it mends what was wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.model import said
from tests.simulator.prompts import (
    ANY_OBJECT,
    REWRITE_CALL,
    REWRITE_JSON,
    SCHEMA,
    TOOLS,
    assistant,
    block,
    prompt,
    user,
)

CITY, NUMBERS = '{"city": "Oslo", "days": [1, 2]}', '{"a": 1, "b": 2}'
CALLS = f"call get_weather with {CITY} and call add with {NUMBERS}"
BOTH = f"{block('get_weather', CITY)}\n{block('add', NUMBERS)}"
WEATHER_OBJECT = f'{{"name": "get_weather", "arguments": {CITY}}}'
SUM_OBJECT = f'{{"name": "add", "arguments": {NUMBERS}}}'
FORM = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/$defs/B"}},
    "required": ["a", "b"],
    "$defs": {"B": {"type": "array", "minItems": 1, "items": {"enum": ["x", "y"]}}},
}


def called(style: str, *turns: str, words: str = CALLS) -> str:
    return said(prompt(TOOLS, user(f"[[tools={style}]] {words}"), *turns), "gpt-4o")


def given(words: str, *turns: str, schema: Any = FORM) -> str:
    return said(prompt(SCHEMA % json.dumps(schema), user(words), *turns), "gpt-4o")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (
            "hermes",
            f"<tool_call>\n{WEATHER_OBJECT}\n</tool_call>\n"
            f"<tool_call>\n{SUM_OBJECT}\n</tool_call>",
        ),
        (
            "qwen",
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n"
            "<parameter=days>\n[1, 2]\n</parameter>\n</function>\n</tool_call>\n"
            "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n"
            "<parameter=b>\n2\n</parameter>\n</function>\n</tool_call>",
        ),
        ("mistral", f"[TOOL_CALLS] [{WEATHER_OBJECT}, {SUM_OBJECT}]"),
        (
            "llama",
            f'<|python_tag|>{{"name": "get_weather", "parameters": {CITY}}}<|eom_id|>\n'
            f'<|python_tag|>{{"name": "add", "parameters": {NUMBERS}}}<|eom_id|>',
        ),
        (
            "anthropic",
            '<function_calls>\n<invoke name="get_weather">\n'
            '<parameter name="city">Oslo</parameter>\n'
            '<parameter name="days">[1, 2]</parameter>\n</invoke>\n<invoke name="add">\n'
            '<parameter name="a">1</parameter>\n<parameter name="b">2</parameter>\n</invoke>\n'
            "</function_calls>",
        ),
        (
            "deepseek",
            "<\uff5ctool\u2581calls\u2581begin\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>"
            f"function<\uff5ctool\u2581sep\uff5c>get_weather\n```json\n{CITY}\n```"
            "<\uff5ctool\u2581call\u2581end\uff5c><\uff5ctool\u2581call\u2581begin\uff5c>"
            f"function<\uff5ctool\u2581sep\uff5c>add\n```json\n{NUMBERS}\n```"
            "<\uff5ctool\u2581call\u2581end\uff5c><\uff5ctool\u2581calls\u2581end\uff5c>",
        ),
        ("fenced", f"```json\n{WEATHER_OBJECT}\n```\n\n```json\n{SUM_OBJECT}\n```"),
        ("missing-close", BOTH.replace("\n</tool_call_k3v9>", "")),
        ("bad-name", BOTH.replace('"get_weather"', '"no_such_get_weather"')),
        ("bad-arguments", BOTH.replace('"city": "Oslo", ', "")),
        ("prose-only", "I will now call get_weather and add for you."),
    ],
)
def test_calls_are_written_in_the_style_asked_for(style: str, expected: str) -> None:
    assert called(style) == expected


def test_a_tool_that_requires_nothing_gets_words_for_arguments() -> None:
    expected = block("now", '"whatever seems best"')
    assert called("bad-arguments", words="call now with {}") == expected


@pytest.mark.parametrize("style", ["bad-name", "bad-arguments"])
def test_a_bad_call_is_written_again_rightly(style: str) -> None:
    wrong = called(style)
    assert called(style, assistant(wrong), REWRITE_CALL) == block("get_weather", CITY)


def test_calls_that_were_only_announced_are_all_made_when_asked_again() -> None:
    wrong = called("prose-only")
    assert called("prose-only", assistant(wrong), REWRITE_CALL) == BOTH


@pytest.mark.parametrize("style", ["bad-name", "bad-arguments", "prose-only"])
def test_what_is_always_wrong_stays_wrong(style: str) -> None:
    wrong = called(f"{style}-always")
    assert wrong == called(style)
    again = called(f"{style}-always", assistant(wrong), REWRITE_CALL)
    assert wrong.startswith(again)


def test_prose_is_left_out_when_a_call_is_written_again() -> None:
    words = f"first say Well, then call add with {NUMBERS}"
    assert called("bad-name", words=words).startswith("Well\n")
    again = called("bad-name", assistant(""), REWRITE_CALL, words=words)
    assert again == block("add", NUMBERS)


def test_an_answer_sent_back_is_no_round_of_a_plan() -> None:
    words = f"plan: add {NUMBERS}; now {{}}; say done"
    wrong = called("bad-name", words=words)
    assert called("bad-name", assistant(wrong), REWRITE_CALL, words=words) == block(
        "add", NUMBERS
    )


def test_a_demand_that_follows_no_answer_is_a_question() -> None:
    assert "You said: “Write it again”" in said("Write it again", "gpt-4o")


def test_json_is_word_for_word() -> None:
    told = '{"a":  1.0, "b": ["é"]}'
    assert given(f"Please answer with {told}!") == told
    assert said(prompt(ANY_OBJECT, user(f"answer with {told}")), "gpt-4o") == told


def test_json_is_made_up_from_the_schema() -> None:
    assert given("Hi, answer with care") == '{"a": 1, "b": ["x"]}'
    assert said(prompt(ANY_OBJECT, user("Hi")), "gpt-4o") == "{}"


def test_what_is_to_be_said_exactly_is_said_although_json_is_demanded() -> None:
    refusal = "I cannot help with that."
    assert given(f"say exactly: {refusal}") == refusal
    assert given(f"say exactly: {refusal}", assistant(refusal), REWRITE_JSON) == refusal


def test_where_no_json_is_demanded_the_words_mean_nothing() -> None:
    assert "You said" in said('answer with {"a": 1}', "gpt-4o")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("fenced", '```json\n{"a": 1, "b": ["x"]}\n```'),
        ("prose", 'Here is the JSON you asked for:\n\n{"a": 1, "b": ["x"]}\n\nAnything else?'),
        ("broken", '{"a": 1, "b":'),
        ("invalid", '{"a": 1}'),
    ],
)
def test_json_is_written_in_the_style_asked_for(style: str, expected: str) -> None:
    assert given(f"[[json={style}]] Hi") == expected


@pytest.mark.parametrize(
    ("schema", "invalid", "broken"),
    [
        ({"type": "object"}, '["an object was asked for"]', '{"value": "unfin'),
        ({"type": "integer"}, '{"unexpected": true}', '{"value": "unfin'),
    ],
)
def test_the_smallest_json_can_be_wrong_as_well(schema: Any, invalid: str, broken: str) -> None:
    assert given("[[json=invalid]] Hi", schema=schema) == invalid
    assert given("[[json=broken]] Hi", schema=schema) == broken


@pytest.mark.parametrize("style", ["broken", "invalid"])
def test_wrong_json_is_written_again_rightly_unless_it_is_always_wrong(style: str) -> None:
    wrong = given(f"[[json={style}]] Hi")
    again = (assistant(wrong), REWRITE_JSON)
    assert given(f"[[json={style}]] Hi", *again) == '{"a": 1, "b": ["x"]}'
    assert given(f"[[json={style}-always]] Hi", *again) == wrong


@pytest.mark.parametrize("style", ["tools=hermse", "json=yaml"])
def test_a_style_that_does_not_exist_is_told(style: str) -> None:
    assert style in said(f"Hi [[{style}]]", "gpt-4o")
