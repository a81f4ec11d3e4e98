from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import Hang, html, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.limits.calling import BOTH, remaining, told, vouched
from tests.limits.conftest import Clock
from tests.raw import chat_request, connected, read_until
from tests.serving import ThreadedRelay
from utils.relay_file import RelayFile

LIMIT = 2000
COUNTED = {"inputToken": 7, "outputToken": 400}  # by 1min.ai
LONG = [{"role": "user", "content": "one two three four five " * 300}]  # 1,500 tokens and a bit


@pytest.fixture
def relay(memory: dict[str, Any], relay_with: RelayFactory) -> ThreadedRelay:
    relay = relay_with(rate_limit_requests=50, rate_limit_tokens=LIMIT, **memory)
    vouched(relay)
    return relay


@BOTH
def test_a_prompt_is_charged_before_its_call(relay: ThreadedRelay, onemin: Simulator) -> None:
    first = relay.chat(messages=LONG)
    assert first.status_code == 200
    left = int(told(first)["remaining-tokens"])
    assert 450 < left < 500
    refused = relay.chat(messages=LONG)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"]) == (429, "rate_limit_error")
    assert error["code"] == "rate_limit_exceeded"
    assert "2000 tokens a minute" in error["message"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert len(onemin.chats) == 1


@BOTH
def test_a_refused_prompt_costs_neither_tokens_nor_a_request(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hi", usage=COUNTED | {"inputToken": 1400}))
    relay.chat(messages=LONG)
    assert eventually(lambda: remaining(relay, "tokens") == 200)
    left, requests = remaining(relay, "tokens"), remaining(relay, "requests")
    refused = relay.chat(messages=LONG)
    assert refused.status_code == 429
    assert told(refused)["remaining-requests"] == str(requests)
    assert told(refused)["remaining-tokens"] == str(left)
    assert relay.chat(messages=LONG, n=3).status_code == 429  # once, though each is refused
    assert remaining(relay, "requests") == requests - 1  # for this very question
    assert eventually(lambda: remaining(relay, "tokens") == left)
    assert relay.chat().status_code == 200  # which is short


@BOTH
def test_what_was_refused_fits_when_it_was_told_to_come_back(
    relay: ThreadedRelay, clock: Clock
) -> None:
    relay.chat(messages=LONG)
    wait = int(relay.chat(messages=LONG).headers["Retry-After"])
    clock.advance(wait)
    relay.session.close()  # the connection is too old now
    assert relay.chat(messages=LONG).status_code == 200


def test_a_prompt_that_can_never_fit_is_told_so(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    endless = [{"role": "user", "content": "one two three four five " * 500}]
    refused = relay.chat(messages=endless)
    assert refused.status_code == 429
    assert "the limit is 2000 a minute" in refused.json()["error"]["message"]
    assert refused.headers["x-should-retry"] == "false"
    assert "Retry-After" not in refused.headers
    assert (remaining(relay, "tokens"), len(onemin.chats)) == (LIMIT, 0)


@pytest.mark.parametrize("stream", [False, True])
def test_what_an_answer_used_is_charged_when_it_is_over(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says("Hi", usage=COUNTED))
    assert int(told(relay.chat(stream=stream))["remaining-tokens"]) > LIMIT - 60
    assert eventually(lambda: remaining(relay, "tokens") == LIMIT - 407)


@BOTH
def test_an_answer_may_use_more_than_there_is_and_the_next_call_waits(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hi", usage={"inputToken": 7, "outputToken": 3 * LIMIT}))
    assert relay.chat().status_code == 200
    assert eventually(lambda: remaining(relay, "tokens") == 0)
    assert relay.chat().status_code == 429


@pytest.mark.fault(39)
def test_a_stream_that_its_client_leaves_is_charged_for_what_was_said(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("word " * 500, Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=True))
        read_until(client, b"word word")
    assert eventually(lambda: LIMIT - 600 < remaining(relay, "tokens") < LIMIT - 500)


@BOTH
def test_a_call_that_came_to_nothing_gets_its_tokens_back(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(html(502))
    assert relay.chat(messages=LONG).status_code == 502
    assert eventually(lambda: remaining(relay, "tokens") == LIMIT)


def test_each_of_several_answers_reads_the_prompt(relay_with: RelayFactory) -> None:
    one, three = (relay_with(rate_limit_tokens=9 * LIMIT) for _ in range(2))
    single = 9 * LIMIT - int(told(one.chat(messages=LONG))["remaining-tokens"])
    assert (
        int(told(three.chat(messages=LONG, n=3))["remaining-tokens"]) == 9 * LIMIT - 3 * single
    )


@BOTH
def test_a_short_prompt_counts_for_what_it_is_once_its_answer_is_there(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hi", usage={"inputToken": 3, "outputToken": 2}))
    reply = relay.chat(metadata={"padding": "x" * 1000})
    assert int(told(reply)["remaining-tokens"]) < LIMIT - 200  # a guess, by its length
    assert eventually(lambda: remaining(relay, "tokens") == LIMIT - 5)


def test_a_picture_counts_as_a_thousand_tokens(relay: ThreadedRelay) -> None:
    asked = {"model": "dall-e-3", "prompt": "a cat", "response_format": "url"}
    drawn = [relay.post("/v1/images/generations", asked) for _ in range(3)]
    assert [reply.status_code for reply in drawn] == [200, 200, 429]
    assert [told(reply)["remaining-tokens"] for reply in drawn] == ["1000", "0", "0"]


def test_another_model_does_not_stand_in_for_a_refused_one(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    file = RelayFile(fallbacks={"gpt-4o-mini": ["gpt-4o"]})
    relay = relay_with(file=file, rate_limit_tokens=LIMIT)
    vouched(relay)
    statuses = [relay.chat(messages=LONG).status_code for _ in range(2)]
    assert (statuses, len(onemin.chats)) == ([200, 429], 1)


def test_a_request_that_is_refused_costs_no_tokens(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1, rate_limit_tokens=LIMIT)
    vouched(relay)
    left = told(relay.get("/v1/models"))["remaining-tokens"]
    refused = relay.chat(messages=LONG)
    assert (refused.status_code, left) == (429, str(LIMIT))
    assert told(refused)["remaining-tokens"] == left


def test_none_are_counted_without_a_limit(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=50, rate_limit_tokens=0)
    replies = [relay.chat(messages=LONG) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert not any("tokens" in name for reply in replies for name in told(reply))
