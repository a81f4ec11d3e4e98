"""Answers that must be JSON, heard while they come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openai import OpenAI

from simulator.replies import Cut, Hang, Pause, says
from simulator.server import Simulator
from tests.agents.sdk import (
    MODEL,
    Answer,
    add,
    broken,
    gathered,
    schema_format,
    streamed,
    taking,
    user,
)
from tests.serving import ThreadedRelay

PERSON = taking(name="string", age="integer")
LIST = {"type": "object", "properties": {"all": {"type": "array"}, "end": {"type": "string"}}}
PROMPTLY = 1.0  # seconds in which 1min.ai hears that the client left
PATIENCE = 5.0  # seconds of silence after which nothing is to come
Heard = Callable[..., Iterator[Answer]]


def asked(schema: dict[str, Any], **fields: Any) -> dict[str, Any]:
    form = schema_format(schema)
    return {"model": MODEL, "messages": [user("Go")], "response_format": form, **fields}


@pytest.fixture
def heard(client: OpenAI) -> Heard:
    """What is known after each chunk."""

    def listen(schema: dict[str, Any]) -> Iterator[Answer]:
        answer = Answer()
        with streamed(client, **asked(schema, timeout=PATIENCE)) as stream:
            for chunk in stream:
                add(chunk, answer)
                yield answer

    return listen


def until(answers: Iterator[Answer], content: str) -> None:
    """Raises AssertionError, where the stream ends without it."""
    assert any(answer.content == content for answer in answers)


@pytest.mark.parametrize(
    ("schema", "begun", "known"),
    [
        (PERSON, '{"name": "Zoë", "ag', '{"name":"Zoë'),
        (PERSON, '{"age": 3, "na', '{"age":3'),
        (PERSON, '{"name": "Zo', '{"name":"Zo'),
        (PERSON, 'Sure!\n```json\n{"name": "Zo', '{"name":"Zo'),
        (LIST, '{"all": [1, 2], "e', '{"all":[1,2]'),
    ],
    ids=["text", "number", "within", "prose", "array"],
)
def test_what_is_sure_arrives_before_the_last_piece_is_sent(
    onemin: Simulator, heard: Heard, schema: dict[str, Any], begun: str, known: str
) -> None:
    onemin.script(says(begun, Hang(), "never"))
    until(heard(schema), known)
    assert not onemin.chats[-1].answered.is_set()


def test_a_value_that_may_yet_be_wrong_is_held_back(onemin: Simulator, heard: Heard) -> None:
    onemin.script(says('{"age": 1', Pause(0.05), '2, "name": "a"}'))
    contents = {answer.content for answer in [*heard(PERSON)]}
    assert contents == {'{"age":12,"name":"a"}'}
    onemin.script(says('{"age": 1', Pause(0.05), "2", Pause(0.05), ', "na', Hang()))
    until(heard(PERSON), '{"age":12')


def test_leaving_within_the_json_hangs_up_on_1min_ai(onemin: Simulator, heard: Heard) -> None:
    onemin.script(says('{"name": "Zo', Hang()))
    answers = heard(PERSON)
    until(answers, '{"name":"Zo')
    answers.close()  # type: ignore[attr-defined]
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


@pytest.mark.parametrize(
    "first",
    ['{"name": "Zoë", "age": "old"}', '{"name": "Zoë"}', '{"name": "Zo', "Zoë, 3"],
    ids=["wrong", "missing", "broken", "prose"],
)
def test_a_second_answer_completes_what_was_already_sent(
    onemin: Simulator, heard: Heard, first: str
) -> None:
    before = len(onemin.chats)
    onemin.script(says(first), says('{"name": "Zoë", "age": 3}'))
    *_, answer = heard(PERSON)
    assert (answer.content, answer.finish) == ('{"name":"Zoë","age":3}', "stop")
    assert len(onemin.chats) - before == 2


def test_twice_wrong_after_a_word_is_told_in_the_stream(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    before = len(onemin.chats)
    wrong = says('{"name": "Zoë", "age": "old"}')
    onemin.script(wrong, wrong)
    reply = relay.chat(response_format=schema_format(PERSON), stream=True)
    *_, last = filter(None, reply.text.split("\n\n"))
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "unusable_answer"
    assert '"finish_reason":"' not in reply.text
    assert len(onemin.chats) - before == 2


def test_a_break_within_the_json_is_no_end_of_it(client: OpenAI, onemin: Simulator) -> None:
    before = len(onemin.chats)
    onemin.script(says('{"name": "Zo', Pause(0.05), Cut(), result=False, done=False))
    answer, error = broken(streamed(client, **asked(PERSON)))
    assert error.code == "upstream_error"
    assert (answer.content, answer.finish) == ('{"name":"Zo', None)
    assert len(onemin.chats) - before == 1


def test_a_refusal_is_no_content(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("No."), says("No, really."))
    with client.chat.completions.stream(**asked(PERSON)) as stream:
        message = stream.get_final_completion().choices[0].message
    assert (message.refusal, message.content or None) == ("No, really.", None)


def test_several_answers_keep_to_the_structure_each(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(*(says(f'{{"name": "{name}", "age": 1}}') for name in "abc"))
    completion = client.chat.completions.create(**asked(PERSON, n=3))
    told = [json.loads(choice.message.content or "") for choice in completion.choices]
    assert sorted(value["name"] for value in told) == ["a", "b", "c"]


def test_what_a_model_thinks_first_is_no_part_of_the_json(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says('<think>{"name": 1}</think>\n', '{"name": "a", ', '"age": 1}'))
    answer = gathered(streamed(client, **asked(PERSON)))
    assert answer.content == '{"name":"a","age":1}'
