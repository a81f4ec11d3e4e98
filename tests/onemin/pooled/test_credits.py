"""What a call took, where 1min.ai only tells what its account has used in all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from simulator.replies import whole
from simulator.server import Simulator
from tests.onemin.pooled.pooling import GOOD, OTHER, Pooled
from tests.serving import ThreadedRelay
from utils.domain.owner import owner

PICTURE = 40_000  # credits, for one of dall-e-3's
SLOW = "a cat [[delay=200]]"


@pytest.fixture(scope="module")
def relay(pooled: Pooled) -> Iterator[ThreadedRelay]:
    with pooled.relay(GOOD) as relay:
        yield relay


def drawn(
    pooled: Pooled, relay: ThreadedRelay, prompt: str = "a cat", **fields: Any
) -> requests.Response:
    body = {"model": "dall-e-3", "prompt": prompt, **fields}
    reply = pooled.post(relay, "/v1/images/generations", body)
    assert reply.status_code == 200, reply.text
    return reply


def took(reply: requests.Response) -> tuple[str | None, str | None]:
    names = ("x-credits-used", "x-credits-approximate")
    used, approximate = (reply.headers.get(name) for name in names)
    return used, approximate


def test_what_the_account_has_used_more_is_what_a_picture_took(
    pooled: Pooled, relay: ThreadedRelay
) -> None:
    """The chats before it are no part of it, though their credits show only now."""
    for _ in range(2):
        assert pooled.chat(relay).headers["x-credits-used"]
        assert took(drawn(pooled, relay)) == (str(PICTURE), None)


def test_pictures_of_several_calls_are_counted_together(
    pooled: Pooled, relay: ThreadedRelay
) -> None:
    assert took(drawn(pooled, relay, n=5)) == (str(5 * PICTURE), None)


def test_speech_and_transcripts_tell_as_well(pooled: Pooled, relay: ThreadedRelay) -> None:
    said = {"model": "tts-1", "input": "Hello.", "voice": "nova"}
    used, approximate = took(pooled.post(relay, "/v1/audio/speech", said))
    assert float(used or 0) > 0
    assert approximate is None


def test_a_chat_tells_what_1min_ai_tells(pooled: Pooled, relay: ThreadedRelay) -> None:
    used, approximate = took(pooled.chat(relay))
    assert 0 < float(used or 0) < 1000
    assert approximate is None


def test_a_chat_of_which_1min_ai_tells_nothing_is_not_guessed_at(
    pooled: Pooled, relay: ThreadedRelay
) -> None:
    """Its own record cannot know yet, and what came since the last one was the last one's."""
    drawn(pooled, relay)
    assert took(pooled.chat(relay, "hi [[usage=none]]")) == (None, None)


def test_calls_at_the_same_time_are_marked_and_each_is_booked_once(
    pooled: Pooled, relay: ThreadedRelay
) -> None:
    assert took(drawn(pooled, relay)) == (str(PICTURE), None)
    with ThreadPoolExecutor(6) as pool:
        replies = [pool.submit(drawn, pooled, relay, SLOW) for _ in range(6)]
        assert {took(reply.result()) for reply in replies} == {(str(PICTURE), "true")}
    assert took(drawn(pooled, relay)) == (str(PICTURE), None)


def test_calls_of_another_account_do_not_count(pooled: Pooled) -> None:
    with pooled.relay(GOOD, OTHER) as relay, ThreadPoolExecutor(2) as pool:
        replies = [pool.submit(drawn, pooled, relay, SLOW) for _ in range(2)]
        assert {took(reply.result()) for reply in replies} == {(str(PICTURE), None)}


@pytest.mark.parametrize(
    "several", [{"workers": 2}, {"memcached_host": "127.0.0.1", "memcached_port": 9}]
)
def test_who_may_not_be_alone_marks_all(pooled: Pooled, several: dict[str, Any]) -> None:
    with pooled.relay(GOOD, **several) as relay:
        assert took(drawn(pooled, relay)) == (str(PICTURE), "true")


def test_what_a_callers_own_account_pays_at_once_is_booked_once(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    body = {"model": "dall-e-3", "prompt": SLOW}
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(relay.post, "/v1/images/generations", body) for _ in range(4)]
        booked = sum(float(took(reply.result())[0] or 0) for reply in asked)
    assert 0 < booked <= 4 * PICTURE


def test_a_callers_own_account_may_be_used_by_others(relay: ThreadedRelay) -> None:
    body = {"model": "dall-e-3", "prompt": "a cat"}
    reply = relay.post("/v1/images/generations", body)
    assert took(reply) == (str(PICTURE), "true")


def test_odd_balances_tell_nothing(pooled: Pooled, onemin: Simulator) -> None:
    made = {"uuid": "a", "status": "SUCCESS", "resultObject": ["images/a.png"]}
    balances: tuple[Any, ...] = (None, "9", -1, {}, [1])
    with pooled.relay(GOOD) as relay:
        for used in balances:
            told = made | {"teamUser": {"usedCredit": used}}
            onemin.script_results(whole({"aiRecord": told}))
            assert took(drawn(pooled, relay)) == (None, None)


def test_the_operator_sees_what_each_account_has_used(
    pooled: Pooled, onemin: Simulator
) -> None:
    with pooled.relay(GOOD, OTHER) as relay:
        assert {state.used_credits for state in relay.services.pool.state()} == {None}
        drawn(pooled, relay)
        payer = pooled.payer(GOOD, OTHER)
        states = {state.fingerprint: state for state in relay.services.pool.state()}
        told = states[owner(payer)[:8]]
        assert told.used_credits
        assert told.used_credits >= PICTURE
        assert told.credit_limit == 4_000_000_000
