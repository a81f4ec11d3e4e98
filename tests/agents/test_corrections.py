"""Calls that cannot be carried out: mended, asked for once more, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI

from simulator.replies import Hang, Pause, Reset
from simulator.server import Simulator
from tests.agents.agent import ADD, WEATHER
from tests.agents.scripts import writes
from tests.agents.sdk import MODEL, broken, streamed, told, user
from tests.sdk import client_of
from tests.serving import ThreadedRelay

TOOLS = [ADD, WEATHER]
WORDS = 'call add with {"a": 1, "b": 2}'
PROMPTLY = 1.0  # seconds in which 1min.ai hears that the client left
FAULTS = ["bad-name", "bad-arguments"]
Way = Literal["whole", "stream"]
both_ways = pytest.mark.parametrize("way", ["whole", "stream"])


@pytest.fixture(scope="module")
def patient(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """A client that comes back after a failure, as the SDK does by itself."""
    with client_of(relay, max_retries=openai.DEFAULT_MAX_RETRIES) as client:
        yield client


def asked(words: str, **fields: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [user(words)], "tools": TOOLS, **fields}


def raw(relay: ThreadedRelay, words: str, **fields: Any) -> Any:
    return relay.post("/v1/chat/completions", asked(words, **fields))


@both_ways
@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_that_cannot_be_carried_out_is_asked_for_once_more(
    client: OpenAI, onemin: Simulator, way: Way, fault: str
) -> None:
    before = len(onemin.chats)
    answer = told(way, client, **asked(f"{WORDS} [[tools={fault}]]"))
    assert [(c.name, json.loads(c.arguments)) for c in answer.calls] == [
        ("add", {"a": 1, "b": 2})
    ]
    assert (answer.content, answer.finish) == (None, "tool_calls")
    assert len(onemin.chats) - before == 2


@both_ways
def test_calls_that_can_be_carried_out_are_not_made_twice(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    words = f'{WORDS} and call get-weather with {{"city": "Oslo"}} [[tools=bad-arguments]]'
    before = len(onemin.chats)
    answer = told(way, client, **asked(words))
    assert sorted(call.name for call in answer.calls) == ["add", "get-weather"]
    assert len({call.id for call in answer.calls}) == 2
    assert len(onemin.chats) - before == 2


@both_ways
def test_a_call_that_breaks_off_is_completed(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    onemin.script(
        writes(lambda frame: [frame.write("get-weather", '{"city": "Os\0').split("\0")[0]]),
        writes(lambda frame: [frame.write("get-weather", '{"city": "Oslo"}')]),
    )
    [call] = told(way, client, **asked("Go")).calls
    assert json.loads(call.arguments) == {"city": "Oslo"}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_correction_is_named_before_the_first_word(
    relay: ThreadedRelay, *, stream: bool
) -> None:
    reply = raw(relay, f"{WORDS} [[tools=bad-name]]", stream=stream)
    assert reply.status_code == 200
    assert reply.headers["x-relay-corrected"] == "tool_calls"
    assert "x-relay-corrected:" not in reply.text


def test_a_correction_after_the_first_word_is_a_comment(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(
        writes(lambda frame: ["Let me see.", Pause(0.05), "\n", frame.write("x", "{}")])
    )
    reply = raw(relay, WORDS, stream=True)
    assert "x-relay-corrected" not in reply.headers
    assert "\n\n: x-relay-corrected: tool_calls\n\n" in reply.text
    assert reply.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("style", ["bad-name", "bad-name-always"])
def test_a_page_in_a_browser_may_read_what_became_of_it(
    relay: ThreadedRelay, style: str
) -> None:
    reply = raw(relay, f"{WORDS} [[tools={style}]]")
    exposed = reply.headers["Access-Control-Expose-Headers"].split(", ")
    told = [name.lower() for name in reply.headers]
    assert {"x-relay-corrected", "x-should-retry"} & {*told}
    assert {"x-relay-corrected", "x-should-retry"} & {*told} <= {*exposed}


def test_an_answer_that_needs_none_does_not_speak_of_corrections(relay: ThreadedRelay) -> None:
    assert "x-relay-corrected" not in raw(relay, WORDS).headers


@both_ways
def test_both_calls_are_booked(client: OpenAI, onemin: Simulator, way: Way) -> None:
    onemin.script(
        writes(
            lambda frame: [frame.write("sub", "{}")],
            usage={"inputToken": 100, "outputToken": 10},
        ),
        writes(
            lambda frame: [frame.write("add", '{"a": 1, "b": 2}')],
            usage={"inputToken": 130, "outputToken": 20},
        ),
    )
    usage = told(way, client, **asked(WORDS)).usage
    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (230, 30)


def test_the_model_is_told_what_was_wrong(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(writes(lambda frame: ["Well.\n", frame.write("add", '{"a": "one", "b": 2}')]))
    told("whole", client, **asked(WORDS))
    first, second = (chat.json["promptObject"]["prompt"] for chat in onemin.chats[-2:])
    start = first.removesuffix("### Assistant:")
    assert second.startswith(start)
    assert "Well.\n<tool_call_" in second.removeprefix(start)
    assert "a: " in second.removeprefix(start)


# Mended without asking


@both_ways
@pytest.mark.parametrize(
    "given", ['{"a": "1", "b": 2}', "{'a': 1, 'b': 2,}", '{"a": 1, "b": 2, "why": "because"}']
)
def test_what_can_only_mean_one_thing_is_mended_without_asking(
    client: OpenAI, onemin: Simulator, way: Way, given: str
) -> None:
    before = len(onemin.chats)
    onemin.script(writes(lambda frame: [frame.write("add", given)]))
    answer = told(way, client, **asked(WORDS))
    assert [json.loads(call.arguments) for call in answer.calls] == [{"a": 1, "b": 2}]
    assert len(onemin.chats) - before == 1


# Twice wrong


@pytest.mark.parametrize(
    ("way", "fault"),
    [("whole", "bad-name"), ("whole", "bad-arguments"), ("stream", "bad-name")],
)
def test_twice_wrong_is_an_error_that_nobody_pays_for_again(
    patient: OpenAI, onemin: Simulator, way: Way, fault: str
) -> None:
    before = len(onemin.chats)
    with pytest.raises(openai.InternalServerError) as caught:
        told(way, patient, **asked(f"{WORDS} [[tools={fault}-always]]"))
    assert (caught.value.status_code, caught.value.code) == (502, "unusable_answer")
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(onemin.chats) - before == 2


def test_twice_wrong_after_a_call_was_begun_is_told_in_the_stream(
    patient: OpenAI, onemin: Simulator
) -> None:
    before = len(onemin.chats)
    words = f"{WORDS} [[tools=bad-arguments-always]]"
    answer, error = broken(streamed(patient, **asked(words)))
    assert error.code == "unusable_answer"
    assert [call.arguments for call in answer.calls] == ['{"a":1']
    assert answer.finish is None
    assert len(onemin.chats) - before == 2


def test_a_call_that_must_be_made_and_is_not_is_an_error(
    patient: OpenAI, onemin: Simulator
) -> None:
    before = len(onemin.chats)
    words = f"{WORDS} [[tools=prose-only-always]]"
    with pytest.raises(openai.InternalServerError) as caught:
        told("whole", patient, **asked(words, tool_choice="required"))
    assert caught.value.code == "unusable_answer"
    assert len(onemin.chats) - before == 2


def test_twice_wrong_after_a_word_is_told_in_the_stream(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    wrong = writes(lambda frame: ["Well.", Pause(0.05), "\n", frame.write("sub", "{}")])
    onemin.script(wrong, wrong)
    reply = raw(relay, WORDS, stream=True)
    assert reply.status_code == 200
    *_, last = filter(None, reply.text.split("\n\n"))
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "unusable_answer"
    assert 'finish_reason":"' not in reply.text


# What comes between the two calls


@both_ways
def test_a_failure_of_the_second_call_is_the_requests(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    onemin.script(
        writes(lambda frame: [frame.write("sub", "{}")]), writes(lambda frame: ["We", Reset()])
    )
    with pytest.raises(openai.APIError) as caught:
        told(way, client, **asked(WORDS))
    assert caught.value.code == "upstream_error"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_client_that_leaves_during_the_second_call_ends_it(
    client: OpenAI, onemin: Simulator, *, stream: bool
) -> None:
    before = len(onemin.chats)
    onemin.script(
        writes(lambda frame: [frame.write("sub", "{}")]), writes(lambda frame: ["We", Hang()])
    )
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**asked(WORDS), stream=stream, timeout=0.4)
    assert len(onemin.chats) - before == 2
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)
