"""Failover Bench's faults from the eighth on, each ending as its `pass`: the client has the
whole answer. Where half of it was out already (8, 9, 14) that takes `restart: true`; without,
it ends as its `safe`: a clean error, and nothing that looks like success.
"""

from __future__ import annotations

import time

import pytest
import requests

from simulator.replies import Cut, Hang, Reply
from tests.faults.wall import (
    ANSWER,
    USAGE,
    Wall,
    always,
    asked,
    error,
    event,
    events,
    healthy,
    is_complete,
    refused,
    rescued,
    spoken,
    streamed,
    text,
    usage,
)
from tests.ledger.relays import ended, row_of, used
from tests.serving import ThreadedRelay
from utils.domain.breaker import FAILURES, PAUSE


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
    assert wall.asked_once("s12")
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["code"]) == (400, "context_length_exceeded")
    assert wall.asked_once("alone")


@pytest.mark.fault(13)
def test_s13_a_content_filter_is_the_last_word(failing_over: ThreadedRelay, wall: Wall) -> None:
    reason = "Your request was rejected as a result of our safety system."
    wall.plans["s13"] = always(refused(400, "content_policy_violation", reason))
    reply = asked(failing_over, "s13")
    assert (reply.status_code, error(reply)["message"]) == (400, reason)
    assert wall.asked_once("s13")
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
    assert wall.asked_once("s16")
