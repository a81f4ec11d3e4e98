from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.cuts import pieces
from tests.domain.json_values import OBJECTS, written
from tests.domain.scripted import Scripted, stopped
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Chat,
    Corrected,
    Event,
    Finish,
    Message,
    Structure,
    TextDelta,
)
from utils.domain.reply import Reply, collect
from utils.domain.structure import structured
from utils.errors import InvalidRequest, UnusableAnswer

ITEM = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "colour": {"enum": ["red", "blue"]}},
    "required": ["name"],
    "additionalProperties": False,
}
ORDER = {
    "type": "object",
    "properties": {
        "note": {"type": "string"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}, "minItems": 1},
        "total": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    },
    "required": ["note", "items"],
    "additionalProperties": False,
    "$defs": {"item": ITEM},
}
GOOD = {"note": "n", "items": [{"name": "x", "colour": "red"}], "total": None}
WRITTEN = json.dumps(GOOD)


def asking(schema: dict[str, Any], *, stream: bool = False) -> Chat:
    message = Message(role="user", text="What is the order?")
    structure = Structure(schema)
    return Chat(model="m", messages=(message,), structure=structure, stream=stream)


def asked(
    model: Scripted, schema: dict[str, Any] = ORDER, *, stream: bool = False
) -> list[Sequence[Event]]:
    return list(structured(model)(asking(schema, stream=stream)))


def answered(model: Scripted, schema: dict[str, Any] = ORDER) -> Reply:
    [reply] = collect(asked(model, schema))
    return reply


@pytest.mark.parametrize(
    "answer",
    [
        WRITTEN,
        json.dumps(GOOD, indent=2),
        f"```json\n{WRITTEN}\n```",
        f"```\n{json.dumps(GOOD, indent=2)}\n```\n",
        f"Here is the order:\n\n{WRITTEN}\n\nAnything else?",
        f"Here it is: {WRITTEN}",
        f"Sure!\n```json\n{WRITTEN}\n```\nI hope this helps.",
        f"[Note] {WRITTEN}",
        WRITTEN.replace("}]", "},]").replace("null", "None"),
        WRITTEN.replace('"red"', '"Red"'),
        WRITTEN[:-1] + ', "extra": 1}',
        WRITTEN[:-1],
        json.dumps({**GOOD, "items": GOOD["items"][0]}),  # type: ignore[index]
        json.dumps({**GOOD, "items": json.dumps(GOOD["items"])}),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_only_the_json_is_answered(answer: str, size: int) -> None:
    model = Scripted(answer, size=size)
    reply = answered(model)
    assert json.loads(reply.text) == GOOD
    assert len(model.asked) == 1


def test_a_free_string_streams() -> None:
    cut = ['Here:\n{"note": "a', " long", " note", '", "items": [{"name": "x"', "}]}", " Bye"]
    spoken: list[list[Event]] = [[TextDelta(piece)] for piece in cut]
    spoken.append([Finish()])
    batches = asked(Scripted(spoken), stream=True)
    assert batches[:6] == [
        [TextDelta('{"note":"a')],
        [TextDelta(" long")],
        [TextDelta(" note")],
        [TextDelta('"')],
        [TextDelta(',"items":[{"name":"x"}]}')],
        [],
    ]


def test_the_model_is_told_the_schema() -> None:
    model = Scripted(WRITTEN)
    answered(model)
    system, user = model.asked[0].messages
    assert json.dumps(ORDER, separators=(",", ":")) in system.text
    assert user.text == "What is the order?"


def test_without_a_schema_any_object_will_do() -> None:
    assert answered(Scripted('{"a": [1]}'), {}).text == '{"a":[1]}'
    with pytest.raises(UnusableAnswer):
        answered(Scripted("[1]", "[2]"), {})


@given(written(OBJECTS))
def test_any_object_is_answered_equal(said: tuple[Any, str]) -> None:
    meant, text = said
    assert json.loads(answered(Scripted(text), {}).text) == meant


@pytest.mark.parametrize(
    ("schema", "answer", "meant"),
    [
        ({"type": "array", "items": {"type": "integer"}}, "Here: [1, 2]", [1, 2]),
        ({"enum": ["yes", "no"]}, '"Yes"', "yes"),
        ({"type": "integer"}, "42", 42),
        ({"type": "string"}, '"a b"', "a b"),
        ({"anyOf": [ITEM, {"type": "null"}]}, '{"name": "x"}', {"name": "x"}),
        ({"$ref": "#/$defs/item", "$defs": {"item": ITEM}}, '{"name": "x"}', {"name": "x"}),
    ],
)
def test_an_answer_need_not_be_an_object(
    schema: dict[str, Any], answer: str, meant: Any
) -> None:
    assert json.loads(answered(Scripted(answer), schema).text) == meant


def test_prose_is_no_string_of_json() -> None:
    model = Scripted("Hello there.", '"Hello there."')
    assert answered(model, {"type": "string"}).text == '"Hello there."'
    assert len(model.asked) == 2


def test_two_hundred_properties_are_answered_in_full() -> None:
    names = [f"p{number}" for number in range(200)]
    schema = {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in names},
        "required": names,
    }
    meant = dict.fromkeys(names, 1)
    model = Scripted(json.dumps(meant | {"p7": "7"}), size=12)
    assert json.loads(answered(model, schema).text) == meant | {"p7": 7}


BAD = [
    json.dumps({"note": "n", "items": []}),
    json.dumps({"note": "n", "items": [{"name": "x", "colour": "green"}]}),
    json.dumps({"note": "n"}),
    json.dumps({"items": GOOD["items"]}),
    "I do not know.",
    WRITTEN[:20],
    "[1, 2]",
    '{"note": "n", "items": [{...}]}',
]


@pytest.mark.parametrize("bad", BAD)
def test_after_a_bad_answer_the_model_is_asked_once_more(bad: str) -> None:
    model = Scripted(bad, f"```json\n{WRITTEN}\n```")
    batches = asked(model)
    [reply] = collect(batches)
    assert [Corrected("response_format")] in batches
    assert json.loads(reply.text)["items"] == GOOD["items"]
    assert reply.finish == Finish()
    assert (len(model.asked), model.closed) == (2, 2)
    answer, demand = model.asked[1].messages[-2:]
    assert (answer.role, answer.text, demand.role) == ("assistant", bad, "user")
    assert demand.text.startswith("That answer cannot be used: ")


def test_a_second_answer_completes_the_first_where_that_was_sent_already() -> None:
    first = json.dumps({"note": "n", "items": []})
    [reply] = collect(asked(Scripted(first, WRITTEN), stream=True))
    assert json.loads(reply.text) == GOOD


def test_a_second_answer_that_says_something_else_only_counts_if_nobody_read_along() -> None:
    first = json.dumps({"note": "first", "items": []})
    assert json.loads(answered(Scripted(first, WRITTEN)).text) == GOOD
    with pytest.raises(UnusableAnswer):
        asked(Scripted(first, WRITTEN), stream=True)


@pytest.mark.parametrize("bad", BAD[:4])
@pytest.mark.parametrize("again", [BAD[0], BAD[2], "I do not know."])
def test_after_two_bad_answers_there_is_an_error(bad: str, again: str) -> None:
    model = Scripted(bad, again)
    with pytest.raises(UnusableAnswer, match="also when asked again"):
        answered(model)
    assert len(model.asked) == 2


def test_json_that_breaks_off_twice_is_no_refusal() -> None:
    with pytest.raises(UnusableAnswer):
        answered(Scripted('{"note', 'Here: {"note": "n'))


def test_a_model_that_declines_twice_has_declined() -> None:
    reply = answered(Scripted("I cannot help.", " I really cannot. "))
    assert (reply.text, reply.refusal) == ("", "I really cannot.")


def test_a_filtered_answer_is_a_refusal_and_not_asked_for_again() -> None:
    model = Scripted([[TextDelta("No."), Finish("content_filter")]])
    reply = answered(model)
    assert (reply.refusal, reply.finish.reason) == ("No.", "content_filter")


def test_an_answer_that_was_stopped_is_not_asked_for_again() -> None:
    model = Scripted(stopped('{"note": "a lo'))
    reply = answered(model)
    assert (reply.text, reply.finish.reason) == ('{"note":"a lo', "length")
    assert len(model.asked) == 1


def test_a_call_of_a_tool_passes_and_words_beside_it_need_be_no_json() -> None:
    call: list[Event] = [CallBegun("a", "f"), ArgumentsDelta("{}")]
    model = Scripted([[TextDelta("Let me see.")], call, [Finish("tool_calls")]])
    reply = answered(model)
    assert reply.text == "Let me see."
    assert [call.name for call in reply.tool_calls] == ["f"]
    assert len(model.asked) == 1


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/a.json", "file:///etc/passwd"])
def test_a_schema_that_leads_elsewhere_is_refused(reference: str) -> None:
    model = Scripted()
    with pytest.raises(InvalidRequest) as refused:
        asked(model, {"type": "object", "properties": {"a": {"$ref": reference}}})
    assert refused.value.param == "response_format.json_schema.schema"
    assert not model.asked


def test_who_leaves_closes_what_was_asked() -> None:
    model = Scripted(WRITTEN)
    batches = structured(model)(asking(ORDER))
    next(batches)
    batches.close()
    assert model.closed == 1


def test_it_matters_not_how_the_text_is_cut() -> None:
    chat = replace(asking(ORDER), stream=True)
    for size in range(1, 8):
        cut = [[TextDelta(piece)] for piece in pieces(f"So:\n{WRITTEN}\nBye", size)]
        [reply] = collect(structured(Scripted([*cut, [Finish()]]))(chat))
        assert json.loads(reply.text) == GOOD
