from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clock import Clock
from utils.domain.breaker import FAILURES, PAUSE, Breaker, Breakers, Trial
from utils.errors import (
    InvalidRequest,
    RateLimited,
    RelayError,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def call(breaker: Breaker, error: RelayError | None = None, *, begun: bool = False) -> None:
    """One that ends well, or in this error."""
    trial = breaker.admitted()
    try:
        for _ in trial.watched(_answer(error, begun=begun)):
            pass
    except RelayError:
        pass
    finally:
        trial.end()


def _answer(error: RelayError | None, *, begun: bool) -> Iterator[bytes]:
    yield b""
    if begun:
        yield b"word"
    if error:
        raise error
    yield b"word"


def opened(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        call(breaker, UpstreamFailed("x"))


def begun(breaker: Breaker) -> Trial:
    return breaker.admitted()


@pytest.mark.parametrize(
    "fault", [UpstreamFailed("x"), UpstreamTimeout("x"), UpstreamUnreachable("x")]
)
@pytest.mark.parametrize("after_a_word", [False, True])
def test_so_many_faults_in_a_row_open_it(
    breaker: Breaker, clock: Clock, fault: RelayError, *, after_a_word: bool
) -> None:
    for _ in range(FAILURES):
        assert breaker.state() == "closed"
        call(breaker, fault, begun=after_a_word)
    assert breaker.state() == "open"
    clock.now += PAUSE - 2.5
    with pytest.raises(Unavailable) as refused:
        begun(breaker)
    assert refused.value.retry_after == 3


@pytest.mark.parametrize("refusal", [None, InvalidRequest("x"), RateLimited("x")])
def test_an_answer_between_them_begins_the_count_anew(
    breaker: Breaker, refusal: RelayError | None
) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            call(breaker, UpstreamFailed("x"))
        call(breaker, refusal)
    assert breaker.state() == "closed"


def test_who_leaves_is_no_judgement(breaker: Breaker) -> None:
    for _ in range(FAILURES - 1):
        call(breaker, UpstreamFailed("x"))
    trial = begun(breaker)
    watched = trial.watched(_answer(None, begun=True))
    next(watched)
    watched.close()  # type: ignore[attr-defined]
    trial.end()
    call(breaker, UpstreamFailed("x"))
    assert breaker.state() == "open"


def test_after_a_pause_exactly_one_is_let_through(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += PAUSE
    assert breaker.state() == "half-open"
    probe = begun(breaker)
    for _ in range(3):
        with pytest.raises(Unavailable):
            begun(breaker)
    list(probe.watched(_answer(None, begun=True)))
    probe.end()
    assert breaker.state() == "closed"


def test_a_probe_that_was_answered_closes_it_before_its_end(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += PAUSE
    watched = begun(breaker).watched(_answer(None, begun=True))
    assert [next(watched), next(watched)] == [b"", b"word"]
    assert breaker.state() == "closed"
    begun(breaker)


def test_a_probe_that_fails_opens_it_again(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += PAUSE
    call(breaker, UpstreamTimeout("x"))
    assert breaker.state() == "open"
    with pytest.raises(Unavailable):
        begun(breaker)
    clock.now += PAUSE
    call(breaker)
    assert breaker.state() == "closed"


def test_a_probe_that_dies_makes_place_for_the_next(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += PAUSE
    begun(breaker).end()
    assert breaker.state() == "half-open"
    begun(breaker)
    with pytest.raises(Unavailable):
        begun(breaker)


def test_a_call_that_began_before_it_opened_does_not_close_it(
    breaker: Breaker, clock: Clock
) -> None:
    early = begun(breaker)
    opened(breaker)
    list(early.watched(_answer(None, begun=True)))
    early.end()
    assert breaker.state() == "open"
    clock.now += PAUSE
    probe = begun(breaker)
    early.end()
    with pytest.raises(Unavailable):
        begun(breaker)
    probe.end()


def test_what_fails_one_caller_is_open_for_nobody_else_and_no_longer_than_it_rests(
    clock: Clock,
) -> None:
    breakers = Breakers(clock)
    for _ in range(FAILURES):
        with pytest.raises(UpstreamFailed), breakers.trial("m", "one") as trial:
            list(trial.watched(_answer(UpstreamFailed("x"), begun=False)))
    assert breakers.state(["m", "other"]) == {"m": "open", "other": "closed"}
    with breakers.trial("m", "two") as trial:
        list(trial.watched(_answer(None, begun=False)))
    assert breakers.state(["m"]) == {"m": "half-open"}
    clock.now += PAUSE
    assert breakers.state(["m"]) == {"m": "closed"}
