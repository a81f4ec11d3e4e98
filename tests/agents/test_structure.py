"""Answers that must be JSON of a structure, over the real server with the official SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI

from simulator.replies import says
from simulator.server import Simulator
from tests.agents.agent import ADD, by_hand
from tests.agents.scripts import in_pieces
from tests.agents.sdk import MODEL, Answer, schema_format, taking, told, user
from tests.sdk import client_of
from tests.serving import ThreadedRelay

OBJECT = {"type": "json_object"}
PERSON = taking(name="string", age="integer")
Way = Literal["whole", "stream"]
both_ways = pytest.mark.parametrize("way", ["whole", "stream"])


@pytest.fixture(scope="module")
def patient(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """A client that comes back after a failure, as the SDK does by itself."""
    with client_of(relay, max_retries=openai.DEFAULT_MAX_RETRIES) as client:
        yield client


def answered(
    client: OpenAI, words: str, form: dict[str, Any], way: Way = "whole", **fields: Any
) -> Answer:
    return told(way, client, messages=[user(words)], response_format=form, **fields)


def value(answer: Answer) -> Any:
    """What it holds, and nothing but that."""
    assert answer.content
    assert answer.content == answer.content.strip()
    return json.loads(answer.content)


# Structures

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name", "children"],
            "additionalProperties": False,
        }
    },
}
UNION = {
    "type": "object",
    "properties": {
        "pet": {
            "anyOf": [
                taking(kind="string", barks="boolean"),
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ]
        },
        "colour": {"enum": ["red", "grün", None, 3]},
        "size": {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]},
    },
    "required": ["pet", "colour", "size"],
    "additionalProperties": False,
}
WIDE = taking(**{f"p{n}": ("string", "integer", "boolean")[n % 3] for n in range(200)})
WIDE_VALUE = {f"p{n}": (f'Wert {n} "ä"', n, n % 2 == 0)[n % 3] for n in range(200)}
ROOT_ARRAY = {"type": "array", "items": {"type": "integer"}, "minItems": 1}


@both_ways
@pytest.mark.parametrize("strict", [True, False, None])
@pytest.mark.parametrize(
    "case",
    [
        (PERSON, {"name": 'Zoë "Z"\n\\ 🌍 </x> ```', "age": -3}),
        (TREE, {"name": "a", "children": [{"name": "b", "children": []}]}),
        (UNION, {"pet": {"kind": "dog", "barks": True}, "colour": "grün", "size": 3}),
        (UNION, {"pet": ["a", "b"], "colour": None, "size": "XL"}),
        (WIDE, WIDE_VALUE),
        (ROOT_ARRAY, [1, 2, 3]),
        ({"type": "string", "enum": ["yes", "no"]}, "yes"),
        ({"anyOf": [PERSON, ROOT_ARRAY]}, [4]),
        ({"type": "object"}, {"any": {"thing": [1.5, None]}}),
        ({"type": "object", "properties": {}, "additionalProperties": False}, {}),
    ],
    ids=["flat", "tree", "union", "other", "wide", "array", "text", "any", "free", "empty"],
)  # fmt: skip
def test_the_answer_is_the_json_that_the_model_wrote(
    client: OpenAI, onemin: Simulator, way: Way, strict: bool | None, case: tuple[Any, Any]
) -> None:
    schema, expected = case
    onemin.script(in_pieces(3))
    words = f"answer with {json.dumps(expected, ensure_ascii=False)}"
    answer = answered(client, words, schema_format(schema, strict=strict), way)
    assert value(answer) == expected
    assert answer.finish == "stop"
    assert answer.usage
    assert answer.usage.completion_tokens > 0


@both_ways
def test_any_object_will_do(client: OpenAI, way: Way) -> None:
    answer = answered(client, 'answer with {"a": [1, {"b": null}]} as JSON', OBJECT, way)
    assert value(answer) == {"a": [1, {"b": None}]}


def test_the_structure_stands_in_the_prompt_and_text_asks_for_none(
    client: OpenAI, onemin: Simulator
) -> None:
    answered(client, "Go", schema_format(PERSON))
    assert '"age"' in onemin.chats[-1].json["promptObject"]["prompt"]
    answered(client, "Go", {"type": "text"})
    assert onemin.chats[-1].json["promptObject"]["prompt"] == "Go"


# Sloppy answers

JSON = '{"name": "Zoë", "age": 3}'
ZOE = {"name": "Zoë", "age": 3}
SLOPPY = [
    f"```json\n{JSON}\n```",
    f"```\n{JSON}\n```\n",
    f"Here is the JSON you asked for:\n\n{JSON}\n\nAnything else?",
    f"Sure!\n```json\n{JSON}\n```\nI hope {{this}} helps.",
    "{'name': 'Zoë', 'age': 3,}",
    '{"name": "Zoë", "age": "3"}',
    '{"name": "Zoë", "age": 3, "why": "you asked"}',
]


@both_ways
@pytest.mark.parametrize("written", SLOPPY)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_what_is_not_the_json_is_left_out(
    client: OpenAI, onemin: Simulator, way: Way, written: str, size: int
) -> None:
    before = len(onemin.chats)
    onemin.script(says(*(written[at : at + size] for at in range(0, len(written), size))))
    assert value(answered(client, "Go", schema_format(PERSON), way)) == ZOE
    assert len(onemin.chats) - before == 1


# Wrong answers


@both_ways
@pytest.mark.parametrize("style", ["broken", "invalid"])
def test_an_answer_that_cannot_stand_is_asked_for_once_more(
    client: OpenAI, onemin: Simulator, way: Way, style: str
) -> None:
    before = len(onemin.chats)
    words = f"answer with {JSON} [[json={style}]]"
    assert value(answered(client, words, schema_format(PERSON), way)) == ZOE
    assert len(onemin.chats) - before == 2


def test_a_correction_is_named_and_booked(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(
        says('{"age": "old"}', usage={"inputToken": 10, "outputToken": 1}),
        says(JSON, usage={"inputToken": 20, "outputToken": 2}),
    )
    asked = {"model": MODEL, "messages": [user("Go")]}
    reply = relay.post(
        "/v1/chat/completions", {**asked, "response_format": schema_format(PERSON)}
    )
    assert reply.headers["x-relay-corrected"] == "response_format"
    assert reply.json()["usage"]["total_tokens"] == 33


@both_ways
@pytest.mark.parametrize("form", [schema_format(PERSON), schema_format(PERSON, strict=True)])
def test_twice_wrong_is_an_error_that_nobody_pays_for_again(
    patient: OpenAI, onemin: Simulator, way: Way, form: dict[str, Any]
) -> None:
    before = len(onemin.chats)
    wrong = says('{"age": "old"}')
    onemin.script(wrong, wrong)
    with pytest.raises(openai.InternalServerError) as caught:
        answered(patient, "Go", form, way)
    assert (caught.value.status_code, caught.value.code) == (502, "unusable_answer")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(onemin.chats) - before == 2


@pytest.mark.parametrize("form", [OBJECT, schema_format(PERSON)])
def test_a_model_that_twice_says_no_refuses(
    client: OpenAI, onemin: Simulator, form: dict[str, Any]
) -> None:
    onemin.script(says("I'd rather not."), says("I cannot help with that."))
    message = answered(client, "Go", form).message
    assert message
    assert (message.refusal, message.content) == ("I cannot help with that.", None)


def test_a_model_that_says_no_only_once_is_talked_round(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("I'd rather not."), says(JSON))
    assert value(answered(client, "Go", schema_format(PERSON))) == ZOE


# Beside other things that are asked for


@both_ways
def test_calls_come_before_the_json(client: OpenAI, way: Way) -> None:
    words = 'call add with {"a": 1, "b": 2}, then answer with {"sum": "{result}"}'
    form = schema_format(taking(sum="string"), strict=True)
    called = answered(client, words, form, way, tools=[ADD])
    assert [json.loads(call.arguments) for call in called.calls] == [{"a": 1, "b": 2}]
    assert (called.content, called.finish) == (None, "tool_calls")
    result = {"role": "tool", "tool_call_id": called.calls[0].id, "content": "3"}
    messages = [user(words), by_hand(called), result]
    final = told(way, client, messages=messages, response_format=form, tools=[ADD])
    assert (value(final), final.finish) == ({"sum": "3"}, "stop")


@both_ways
def test_json_that_becomes_too_long_is_left_unfinished(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    before = len(onemin.chats)
    onemin.script(in_pieces(1))
    long = json.dumps({"name": "one two three four five six seven eight nine", "age": 3})
    form = schema_format(PERSON)
    answer = answered(client, f"answer with {long}", form, way, max_tokens=9)
    assert answer.finish == "length"
    assert answer.content
    assert answer.content.replace(" ", "").startswith('{"name":"onetwo')
    assert len(onemin.chats) - before == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
    ],
)
def test_what_is_no_schema_costs_nothing(
    client: OpenAI, onemin: Simulator, schema: Any
) -> None:
    before = len(onemin.chats)
    for way in ("whole", "stream"):
        with pytest.raises(openai.BadRequestError) as caught:
            told(way, client, messages=[user("Go")], response_format=schema_format(schema))
        assert caught.value.param == "response_format.json_schema.schema"
    assert len(onemin.chats) == before
