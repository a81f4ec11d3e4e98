"""Which of the server's keys rest, with a clock of its own."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.clock import Clock
from tests.onemin.attaching import returned
from tests.onemin.pooled.trying import ANN, KEYS, Call, Server, began, paid, refusal, usual
from utils.domain.chat import Usage
from utils.domain.owner import owner
from utils.domain.payers import Payer
from utils.errors import (
    UNTOLD,
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from utils.onemin.bills import Paying
from utils.onemin.pool import EMPTY, LONGEST_EMPTY, LONGEST_LIMITED, REFUSED, Pool

BLAMED = [
    (Unauthorized("no"), REFUSED),
    (OutOfCredit("no"), EMPTY),
    (RateLimited("no"), UNTOLD),
    (RateLimited("no", retry_after=7), 7),
    (RateLimited("no", retry_after=0), 1),
    (RateLimited("no", retry_after=10**9), LONGEST_LIMITED),
]


@pytest.mark.parametrize(("error", "seconds"), BLAMED)
def test_an_account_rests_for_what_its_key_caused(
    pool: Pool, clock: Clock, error: RelayError, seconds: int
) -> None:
    key = usual(pool)
    server = Server({key: error})
    second = paid(pool, server)
    assert server.keys == [key, second]
    assert usual(pool) == second
    clock.now += seconds - 0.5
    assert usual(pool) == second
    clock.now += 0.5
    assert usual(pool) == key


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("bad"),
        ModelNotFound("what"),
        Forbidden("not this"),
        UpstreamFailed("500"),
        UpstreamTimeout("late"),
        UpstreamUnreachable("away"),
    ],
)
def test_a_refused_request_or_a_failure_lets_none_rest(pool: Pool, error: RelayError) -> None:
    server = Server(dict.fromkeys(KEYS, error))
    assert refusal(pool, server) is error
    assert len(server.keys) == 1
    assert {(account.resting, account.error) for account in pool.state()} == {(0, "")}
    assert usual(pool) == server.keys[0]


def test_a_short_rest_does_not_end_a_long_one(pool: Pool, clock: Clock) -> None:
    key = usual(pool)
    calls = [began(pool, Payer("ann", account=owner(key)))[0] for _ in range(2)]
    for call, error in zip(calls, [Unauthorized("no"), RateLimited("no")], strict=True):
        with pytest.raises(RelayError):
            call.throw(error)
    clock.now += LONGEST_LIMITED
    assert usual(pool) != key


def test_each_key_is_tried_once(pool: Pool) -> None:
    server = Server({key: RateLimited("no", retry_after=9) for key in KEYS})
    refusal(pool, server)
    assert sorted(server.keys) == sorted(KEYS)
    refusal(pool, server)
    assert len(server.keys) == len(KEYS)


def test_each_key_is_tried_once_however_long_that_takes(pool: Pool, clock: Clock) -> None:
    keys: list[str] = []

    def answer(paying: Paying) -> Call:
        keys.append(paying.key)
        clock.now += 5
        yield from ()
        raise RateLimited("no", retry_after=1)

    with pytest.raises(RateLimited):
        returned(pool.paid(ANN, answer))
    assert sorted(keys) == sorted(KEYS)


ALL_REST = [
    ([RateLimited("no", retry_after=s) for s in (30, 9, 60)], RateLimited, 9),
    ([Unauthorized("no")] * 3, Unavailable, REFUSED),
    ([OutOfCredit("no")] * 3, OutOfCredit, EMPTY),
    ([Unauthorized("no"), OutOfCredit("no"), RateLimited("no")], RateLimited, UNTOLD),
    ([Unauthorized("no"), OutOfCredit("no"), OutOfCredit("no")], OutOfCredit, EMPTY),
]


@pytest.mark.parametrize(("errors", "kind", "wait"), ALL_REST)
def test_when_all_rest_the_client_hears_when_the_first_is_back(
    pool: Pool, clock: Clock, errors: list[RelayError], kind: type[RelayError], wait: int
) -> None:
    server = Server(dict(zip(KEYS, errors, strict=True)))
    error = refusal(pool, server)
    assert (type(error), error.retry_after) == (kind, wait)
    clock.now += 0.5
    assert refusal(pool, server).retry_after == wait
    clock.now += 0.5
    assert refusal(pool, server).retry_after == wait - 1
    for key in KEYS:
        assert key not in error.message
        assert owner(key)[:8] not in error.message


def test_the_servers_own_bad_key_is_never_the_clients_fault(pool: Pool) -> None:
    error = refusal(pool, Server(dict.fromkeys(KEYS, Unauthorized("no"))))
    assert (error.status, error.code) == (503, "upstream_credentials")


# Out of credits


def emptied(pool: Pool) -> int | None:
    """For how long all rest."""
    return refusal(pool, Server(dict.fromkeys(KEYS, OutOfCredit("no")))).retry_after


def test_an_empty_account_rests_longer_each_time(pool: Pool, clock: Clock) -> None:
    waits = []
    for _ in range(8):
        waits.append(wait := emptied(pool) or 0)
        clock.now += wait
    assert waits == [20, 40, 80, 160, 320, 640, LONGEST_EMPTY, LONGEST_EMPTY]


def test_one_that_could_pay_again_rests_shortly(pool: Pool, clock: Clock) -> None:
    for _ in range(3):
        assert emptied(pool) == EMPTY
        clock.now += EMPTY
        for key in KEYS:
            assert paid(pool, Server(), Payer("ann", account=owner(key))) == key


def test_calls_at_once_that_find_it_empty_are_one_time(pool: Pool, clock: Clock) -> None:
    pinned = Payer("ann", account=owner(KEYS[0]))
    for call in [began(pool, pinned)[0] for _ in range(5)]:
        with pytest.raises(OutOfCredit) as caught:
            call.throw(OutOfCredit("no"))
        assert caught.value.retry_after == EMPTY


# No second attempt


class Said:
    """Says so much, then breaks off."""

    def __init__(self, *batches: list[str]) -> None:
        self.batches = batches
        self.asked = 0

    def answer(self, paying: Paying) -> Generator[list[str]]:
        self.asked += 1
        yield from self.batches
        raise RateLimited("no")


def test_silence_is_no_answer_but_a_word_is(pool: Pool) -> None:
    for said, attempts in ((Said([], []), 3), (Said([], ["a"]), 1)):
        with pytest.raises(RateLimited):
            list(Pool(KEYS).paid(ANN, said.answer))
        assert said.asked == attempts


@pytest.mark.parametrize("error", [Unauthorized("no"), RateLimited("no")])
def test_what_was_paid_is_not_asked_of_the_next(pool: Pool, error: RelayError) -> None:
    error.paid, error.retryable = True, False
    server = Server(dict.fromkeys(KEYS, error))
    told = refusal(pool, server)
    assert len(server.keys) == 1
    assert (told.paid, told.retryable) == (True, False)
    assert told.status != 401


def test_what_was_spent_before_is_told_and_not_spent_again(pool: Pool) -> None:
    error = OutOfCredit("no")
    error.spent = [Usage(1, 2)]
    server = Server(dict.fromkeys(KEYS, error))
    assert refusal(pool, server).spent == [Usage(1, 2)]
    assert len(server.keys) == 1
