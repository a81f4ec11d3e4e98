"""The sixteen faults of Failover Bench, each ending as its `pass`: the client has the whole
answer. Where half of it was out already (8, 9, 14) that takes `restart: true`; without, it ends
as its `safe`: a clean error, and nothing that looks like success.
"""

from __future__ import annotations

import time

import pytest
import requests

from simulator.replies import Cut, Hang, Reply, Reset, raw
from tests.faults.wall import (
    ANSWER,
    USAGE,
    Wall,
    always,
    error,
    event,
    events,
    healthy,
    is_complete,
    once,
    refused,
    spoken,
    streamed,
    text,
    usage,
)
from tests.ledger.relays import ended, row_of, used
from tests.serving import ThreadedRelay
from utils.domain.breaker import FAILURES, PAUSE

LIMITED = "rate_limit_exceeded"


def asked(relay: ThreadedRelay, model: str) -> requests.Response:
    return relay.chat(model=model, stream=True, stream_options={"include_usage": True})


def rescued(reply: requests.Response) -> bool:
    """By the model behind the one that was asked."""
    return is_complete(reply) and reply.headers["x-relay-fallback"] in ("good", "picky")


def asked_once(wall: Wall, model: str) -> bool:
    return len(wall.times(model)) == 1


@pytest.mark.long
@pytest.mark.fault(1)
def test_s01_a_429_with_retry_after_is_asked_again_when_it_says(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s01"] = once(refused(429, LIMITED, Retry_After="2"))
    assert is_complete(asked(failing_over, "s01"))
    first, second = wall.times("s01")
    assert second - first >= 1.8


@pytest.mark.fault(1)
def test_s01_a_429_is_asked_again_when_it_says_by_whoever_is_alone(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["alone"] = once(refused(429, LIMITED, Retry_After="0"))
    assert is_complete(asked(failing_over, "alone"))
    first, second = wall.times("alone")
    assert second - first >= 0.25


@pytest.mark.fault(2)
def test_s02_a_429_that_names_no_time_is_left_alone(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s02"] = wall.plans["alone"] = always(refused(429, LIMITED))
    assert rescued(asked(failing_over, "s02"))
    assert asked_once(wall, "s02")
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["code"]) == (429, LIMITED)
    assert int(reply.headers["Retry-After"]) > 0
    assert asked_once(wall, "alone")


@pytest.mark.long
@pytest.mark.fault(2)
def test_s02_a_429_without_end_is_asked_four_times_and_then_told(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["alone"] = always(refused(429, LIMITED, Retry_After="0"))
    reply = asked(failing_over, "alone")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "0")
    gaps = [b - a for a, b in zip(wall.times("alone"), wall.times("alone")[1:], strict=False)]
    assert len(gaps) == 3
    assert all(gap >= least for gap, least in zip(gaps, (0.25, 0.5, 1), strict=True))


@pytest.mark.fault(3)
def test_s03_a_500_once_is_asked_again_where_it_costs_nothing(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    """The bench wants the same provider asked again. Who answers 500 may have done and billed
    the work, so that is for models whose operator says that they are free (prices of 0).
    """
    wall.plans["free"] = once(refused(500))
    reply = asked(failing_over, "free")
    assert is_complete(reply)
    assert "x-relay-fallback" not in reply.headers
    assert len(wall.times("free")) == 2


@pytest.mark.fault(3)
def test_s03_a_500_once_is_answered_by_another_where_it_may_have_cost(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s03"] = once(refused(500))
    assert rescued(asked(failing_over, "s03"))
    assert asked_once(wall, "s03")


@pytest.mark.fault(4)
def test_s04_a_503_without_end_is_answered_by_another_or_told_as_it_is(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s04"] = wall.plans["alone"] = always(refused(503, "overloaded", "Overloaded."))
    assert rescued(asked(failing_over, "s04"))
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["message"]) == (503, "Overloaded.")
    assert asked_once(wall, "s04")
    assert asked_once(wall, "alone")


@pytest.mark.fault(5)
def test_s05_a_reset_before_the_head_is_answered_by_another(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    """The request was out: whether it was read, and billed, nobody knows. So the same model is
    not asked again, but where it is free.
    """
    wall.plans["s05"] = wall.plans["free"] = once(raw(Reset()))
    assert rescued(asked(failing_over, "s05"))
    assert asked_once(wall, "s05")
    assert is_complete(asked(failing_over, "free"))
    assert len(wall.times("free")) == 2


@pytest.mark.fault(6)
def test_s06_no_answer_at_all_is_given_up_and_another_asked(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["free"] = always(raw(Hang()))
    assert rescued(asked(failing_over, "free"))
    assert asked_once(wall, "free"), "a silent route is not asked again, not even for nothing"


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    "opening",
    [
        b"",
        pytest.param(b": busy\n\n", marks=pytest.mark.long),
        pytest.param(event({"role": "assistant"}), marks=pytest.mark.long),
    ],
    ids=["head", "comment", "role"],
)
def test_s07_a_first_word_that_does_not_come_is_another_models(
    failing_over: ThreadedRelay, wall: Wall, opening: bytes
) -> None:
    """The head is there at once, and perhaps what says nothing yet."""
    wall.plans["s07"] = always(streamed(opening, Hang()))
    assert rescued(asked(failing_over, "s07"))
    assert asked_once(wall, "s07")


def goes_on(reply: requests.Response, mode: bool) -> bool:
    """After half an answer: by another, where `restart` says so; else it ends as an error."""
    if mode:
        assert b": x-relay-fallback: " in reply.content
        return is_complete(reply)
    assert text(reply)
    assert ANSWER.startswith(text(reply))
    return error(reply)["code"] in ("upstream_error", "upstream_timeout")


@pytest.mark.fault(8)
def test_s08_a_stream_cut_after_40_of_60_words(
    failing_over: ThreadedRelay, wall: Wall, mode: bool
) -> None:
    wall.plans["s08"] = wall.plans["alone"] = always(streamed(*spoken(0, 40), Cut()))
    assert goes_on(asked(failing_over, "s08"), mode)
    assert goes_on(asked(failing_over, "alone"), mode=False)
    assert (len(wall.times("s08")), len(wall.times("good"))) == (1, int(mode))


@pytest.mark.fault(8)
def test_s08_a_stream_that_only_stops_is_no_success_either(
    failing_over: ThreadedRelay, wall: Wall, mode: bool
) -> None:
    """Where its body ends as it should, and the answer does not."""
    wall.plans["s08"] = always(streamed(*spoken(0, 40)))
    assert goes_on(asked(failing_over, "s08"), mode)


@pytest.mark.fault(9)
def test_s09_a_stream_that_stands_still(
    failing_over: ThreadedRelay, wall: Wall, mode: bool
) -> None:
    wall.plans["s09"] = always(streamed(*spoken(0, 20), Hang()))
    assert goes_on(asked(failing_over, "s09"), mode)
    assert is_complete(asked(failing_over, "good")), "the relay is alive"


@pytest.mark.fault(10)
def test_s10_an_event_that_cannot_be_read(failing_over: ThreadedRelay, wall: Wall) -> None:
    """A server's bytes pass as they are, so it is its client that skips the event. Where the
    relay reads them it is a failure, which another makes good.
    """
    broken = b'data: {"id": "c", "choices": [{"delta": {"content": \n\n'
    ending = event({}, "stop"), b"data: [DONE]\n\n"
    parts = [*spoken(0, 10), broken, *spoken(10, 60)[1:], *ending]
    wall.plans["s10"] = always(streamed(*parts))
    assert is_complete(asked(failing_over, "s10"))
    assert is_complete(asked(failing_over, "good"))


@pytest.mark.fault(11, 29)
def test_s11_a_stream_without_done_is_ended_at_once(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    last = event({}, choices=[], usage=USAGE)
    wall.plans["s11"] = always(streamed(*spoken(), event({}, "stop"), last))
    reply = asked(failing_over, "s11")
    assert is_complete(reply)
    assert "x-relay-fallback" not in reply.headers
    assert usage(reply) == USAGE


@pytest.mark.fault(12)
def test_s12_a_prompt_too_long_is_read_by_another_and_never_sent_twice(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    too_long = refused(400, "context_length_exceeded", "maximum context length is 8192 tokens")
    wall.plans["s12"] = wall.plans["alone"] = always(too_long)
    assert rescued(asked(failing_over, "s12"))
    assert asked_once(wall, "s12")
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["code"]) == (400, "context_length_exceeded")
    assert asked_once(wall, "alone")


@pytest.mark.fault(13)
def test_s13_a_content_filter_is_the_last_word(failing_over: ThreadedRelay, wall: Wall) -> None:
    reason = "Your request was rejected as a result of our safety system."
    wall.plans["s13"] = always(refused(400, "content_policy_violation", reason))
    reply = asked(failing_over, "s13")
    assert (reply.status_code, error(reply)["message"]) == (400, reason)
    assert asked_once(wall, "s13")
    assert not wall.times("good")


NO_PREFILL = refused(400, "invalid_prefill", "This model does not support prefill.")


@pytest.mark.fault(14)
def test_s14_a_fallback_that_takes_no_prefill_is_never_given_one(
    failing_over: ThreadedRelay, wall: Wall, mode: bool
) -> None:
    def picky(call: object, number: int) -> Reply:
        last = wall.calls["picky"][-1][1].json["messages"][-1]
        return (
            NO_PREFILL if last["role"] == "assistant" else healthy(wall.calls["picky"][-1][1])
        )

    wall.plans["s14"] = always(streamed(*spoken(0, 40), Cut()))
    wall.plans["picky"] = picky
    assert goes_on(asked(failing_over, "s14"), mode)


@pytest.mark.fault(14)
def test_s14_what_a_fallback_complains_of_is_not_told(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["picky"] = always(NO_PREFILL)
    wall.plans["s14"] = always(streamed(*spoken(0, 40), Cut()))
    assert error(asked(failing_over, "s14"))["code"] == "upstream_error"
    wall.plans["s14"] = always(refused(503, "overloaded"))
    reply = asked(failing_over, "s14")
    assert reply.status_code in (502, 503)
    assert error(reply)["code"] != "invalid_prefill"


@pytest.mark.long
@pytest.mark.fault(15)
def test_s15_a_model_that_comes_and_goes_is_left_alone_and_found_again(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    """Down for longer than one rest, and asked twice a second."""
    up = time.monotonic() + PAUSE + 3
    down = refused(503, "overloaded")
    wall.plans["s15"] = lambda call, _: down if time.monotonic() < up else healthy(call)
    answered_by: list[str] = []
    while time.monotonic() < up + 2 * PAUSE and answered_by[-1:] != ["s15"]:
        reply = asked(failing_over, "s15")
        assert is_complete(reply)
        answered_by.append(reply.headers.get("x-relay-fallback", "s15"))
        time.sleep(0.5)
    assert answered_by[-1] == "s15", "it came back within two rests"
    outage = [when for when in wall.times("s15") if when < up]
    assert len(outage) == FAILURES + 1, "and was asked by one probe meanwhile"


@pytest.mark.fault(16)
def test_s16_the_model_that_answered_is_named_and_only_it_is_billed(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s16"] = always(refused(503, "overloaded"))
    reply = asked(failing_over, "s16")
    assert rescued(reply)
    assert {each["model"] for each in events(reply)} == {"good"}
    assert usage(reply) == USAGE
    found = row_of(failing_over, reply)
    assert ended(found) == (200, "", "good")
    assert used(found) == (20, 60, "upstream")
    assert asked_once(wall, "s16")
