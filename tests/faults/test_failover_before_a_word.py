"""Failover Bench's first seven faults, before any word is out. Each ends as its `pass`: the
client has the whole answer.
"""

from __future__ import annotations

import pytest

from simulator.replies import Hang, Reset, raw
from tests.faults.wall import (
    Wall,
    always,
    asked,
    error,
    event,
    is_complete,
    once,
    refused,
    rescued,
    streamed,
)
from tests.serving import ThreadedRelay

LIMITED = "rate_limit_exceeded"


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
    assert wall.asked_once("s02")
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["code"]) == (429, LIMITED)
    assert int(reply.headers["Retry-After"]) > 0
    assert wall.asked_once("alone")


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
    assert wall.asked_once("s03")


@pytest.mark.fault(4)
def test_s04_a_503_without_end_is_answered_by_another_or_told_as_it_is(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["s04"] = wall.plans["alone"] = always(refused(503, "overloaded", "Overloaded."))
    assert rescued(asked(failing_over, "s04"))
    reply = asked(failing_over, "alone")
    assert (reply.status_code, error(reply)["message"]) == (503, "Overloaded.")
    assert wall.asked_once("s04")
    assert wall.asked_once("alone")


@pytest.mark.fault(5)
def test_s05_a_reset_before_the_head_is_answered_by_another(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    """The request was out: whether it was read, and billed, nobody knows. So the same model is
    not asked again, but where it is free.
    """
    wall.plans["s05"] = wall.plans["free"] = once(raw(Reset()))
    assert rescued(asked(failing_over, "s05"))
    assert wall.asked_once("s05")
    assert is_complete(asked(failing_over, "free"))
    assert len(wall.times("free")) == 2


@pytest.mark.fault(6)
def test_s06_no_answer_at_all_is_given_up_and_another_asked(
    failing_over: ThreadedRelay, wall: Wall
) -> None:
    wall.plans["free"] = always(raw(Hang()))
    assert rescued(asked(failing_over, "free"))
    assert wall.asked_once("free"), "a silent route is not asked again, not even for nothing"


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
    assert wall.asked_once("s07")
