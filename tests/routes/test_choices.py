"""n: several answers to one request, made at the same time."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from simulator.replies import Cut, Hang, Pause, refusal, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import choices, chunks, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.sdk import client_of
from tests.serving import ASKED, ThreadedRelay

ANSWERS = [f"answer {number}" for number in range(8)]
USAGE = {"inputToken": 7, "outputToken": 2, "credit": 3}


@pytest.fixture
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


@pytest.mark.parametrize("number", [1, 2, 8])
def test_the_sdk_hears_as_many_answers_as_it_asked_for(
    client: OpenAI, onemin: Simulator, number: int
) -> None:
    onemin.script(*(says(text, usage=USAGE) for text in ANSWERS[:number]))
    completion = client.chat.completions.create(**ASKED, n=number)
    assert [choice.index for choice in completion.choices] == list(range(number))
    told = {choice.message.content for choice in completion.choices}
    assert told == set(ANSWERS[:number])
    assert completion.usage
    assert completion.usage.prompt_tokens == 7 * number
    assert completion.usage.completion_tokens == 2 * number
    assert len(onemin.chats) == number


def test_the_sdk_puts_the_chunks_of_each_answer_together(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(*(says(*text.split("w"), usage=USAGE) for text in ANSWERS))
    with client.chat.completions.stream(
        **ASKED, n=8, stream_options={"include_usage": True}
    ) as stream:
        completion = stream.get_final_completion()
    told = [choice.message.content for choice in completion.choices]
    assert sorted(map(str, told)) == [text.replace("w", "") for text in ANSWERS]
    assert {choice.finish_reason for choice in completion.choices} == {"stop"}
    assert completion.usage
    assert completion.usage.total_tokens == 9 * 8


def test_a_stream_of_several_has_one_usage_and_one_end(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(*[says("Hello", usage=USAGE)] * 3)
    reply = relay.chat(n=3, stream=True, stream_options={"include_usage": True})
    assert [choice.text for choice in choices(reply)] == ["Hello"] * 3
    sent = chunks(reply)
    assert len({chunk["id"] for chunk in sent}) == 1
    assert [chunk["usage"]["total_tokens"] for chunk in sent if chunk["usage"]] == [27]


def test_credits_of_all_answers_are_told(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(*[says("Hello", usage=USAGE)] * 3)
    reply = relay.chat(n=3)
    assert reply.headers["x-usage-source"] == "upstream"
    assert reply.headers["x-credits-used"] == "9"


@whole_and_streamed
def test_each_answer_has_its_own_stop_and_limit(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says("one END"), says("one two three four"))
    heard = choices(relay.chat(n=2, stop="END", max_tokens=2, stream=stream))
    assert sorted((choice.text, choice.reason) for choice in heard) == [
        ("one ", "stop"),
        ("one two", "length"),
    ]


@whole_and_streamed
def test_all_are_asked_at_once_and_left_together(
    client: OpenAI, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(*[says(Hang(), "never")] * 8)
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**ASKED, n=8, stream=stream, timeout=1)
    calls = onemin.wait_for_chats(8)
    assert all(call.hung_up.wait(2) for call in calls)


def test_closing_a_stream_leaves_all_of_them(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(*[says("Hel", Hang(), "lo")] * 4)
    stream = client.chat.completions.create(**ASKED, n=4, stream=True)
    onemin.wait_for_chats(4)
    next(chunk for chunk in stream if chunk.choices[0].delta.content)
    stream.close()
    assert all(call.hung_up.wait(2) for call in onemin.chats)


@whole_and_streamed
def test_one_that_fails_is_one_error_and_ends_the_others(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    waits = says(Hang(), "never")
    onemin.script(waits, refusal(500, "X", "Oh"), waits)
    reply = relay.chat(n=3, stream=stream)
    assert refused(reply) == (502, "upstream_error", None)
    assert all(call.hung_up.wait(2) for call in onemin.chats if not call.answered.is_set())


def test_one_that_breaks_off_ends_the_stream_without_an_end(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"), says("Hel", Pause(0.3), Cut()))
    reply = relay.chat(n=2, stream=True)
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert reply.text.count('"error"') == 1
    assert "[DONE]" not in reply.text
    assert all(call.hung_up.wait(2) for call in onemin.chats if not call.answered.is_set())


@pytest.mark.parametrize("number", [0, 9, -1, 1.5, "2", True])
def test_what_is_no_number_of_answers_is_refused(
    relay: ThreadedRelay, onemin: Simulator, number: object
) -> None:
    assert refused(relay.chat(n=number)) == (400, None, "n")
    assert not onemin.chats


def test_each_answer_takes_a_seat(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with(threads=2)
    assert refused(relay.chat(n=3)) == (503, "overloaded", None)
    assert len(choices(relay.chat(n=2))) == 2


def test_all_choices_have_a_seat_or_none_is_asked(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    reply = relay_with(threads=2).chat(n=3)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "overloaded")
    assert not onemin.chats
