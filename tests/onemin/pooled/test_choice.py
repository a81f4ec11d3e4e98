"""Which of the server's keys pays, by value."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.onemin.attaching import returned
from tests.onemin.pooled.trying import KEYS, Server, began, paid, refusal, usual
from tests.paying import own
from utils.domain.owner import owner
from utils.domain.payers import Payer
from utils.errors import (
    InvalidRequest,
    RateLimited,
    Unauthorized,
    Unavailable,
    UpstreamFailed,
)
from utils.onemin.pool import LONGEST_LIMITED, REFUSED, Pool


def test_a_caller_keeps_to_one_account_while_none_is_busier() -> None:
    pools = [Pool(KEYS), Pool(reversed(KEYS))]
    for caller in map(str, range(20)):
        assert len({usual(pool, caller) for pool in pools for _ in range(3)}) == 1


def test_callers_are_spread_over_the_accounts(pool: Pool) -> None:
    callers = Counter(usual(pool, f"caller {number}") for number in range(600))
    assert callers.keys() == {*KEYS}
    assert min(callers.values()) > 150


def test_a_caller_whose_account_leaves_is_the_only_one_to_move() -> None:
    callers = [f"caller {number}" for number in range(100)]
    before = {caller: usual(Pool(KEYS), caller) for caller in callers}
    after = {caller: usual(Pool(KEYS[1:]), caller) for caller in callers}
    assert all(after[c] == key for c, key in before.items() if key != KEYS[0])


def test_the_least_busy_account_pays(pool: Pool) -> None:
    calls = [began(pool) for _ in range(6)]
    assert Counter(key for _, key in calls) == dict.fromkeys(KEYS, 2)
    call, key = calls[3]
    call.close()
    assert began(pool)[1] == key


def test_calls_at_once_are_shared_out(pool: Pool) -> None:
    with ThreadPoolExecutor(30) as threads:
        calls = [*threads.map(lambda _: began(pool), range(300))]
    assert Counter(key for _, key in calls) == dict.fromkeys(KEYS, 100)


@pytest.mark.parametrize("end", ["answered", "failed", "left"])
def test_a_call_that_is_over_keeps_no_account_busy(pool: Pool, end: str) -> None:
    call, key = began(pool)
    assert sum(account.in_flight for account in pool.state()) == 1
    match end:
        case "answered":
            assert returned(call) == key
        case "failed":
            with pytest.raises(UpstreamFailed):
                call.throw(UpstreamFailed("no"))
        case "left":
            call.close()
    assert not any(account.in_flight for account in pool.state())


def test_a_callers_own_key_goes_through_untouched(pool: Pool) -> None:
    key = "the-callers-own-1min-key"
    server = Server({key: Unauthorized("1min.ai refused this API key.")})
    error = refusal(pool, server, own(key))
    assert (type(error), error.message) == (Unauthorized, "1min.ai refused this API key.")
    assert server.keys == [key]
    assert not any(account.error for account in pool.state())


def test_without_keys_the_setting_is_named() -> None:
    error = refusal(Pool(()), Server())
    assert isinstance(error, Unavailable)
    assert "ONE_MIN_API_KEYS" in error.message


# Pinned


def test_whoever_has_to_pay_does(pool: Pool) -> None:
    for key in KEYS:
        assert paid(pool, Server(), Payer("ann", account=owner(key))) == key


def test_nobody_stands_in_for_whoever_has_to_pay(pool: Pool) -> None:
    server = Server({KEYS[0]: RateLimited("slow down", retry_after=10**9)})
    pinned = Payer("ann", account=owner(KEYS[0]))
    for _ in range(2):  # it rests, yet nobody else could do it
        error = refusal(pool, server, pinned)
        assert (type(error), error.retry_after) == (RateLimited, LONGEST_LIMITED)
    assert server.keys == [KEYS[0]] * 2


def test_an_account_that_was_removed_is_told(pool: Pool) -> None:
    error = refusal(pool, Server(), Payer("ann", account=owner("a-key-of-the-past")))
    assert isinstance(error, Unavailable)
    assert "ONE_MIN_API_KEYS" in error.message
    assert owner("a-key-of-the-past")[:8] not in error.message


# What the operator sees


def test_the_operator_sees_the_accounts_and_no_key(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    bad = usual(pool)
    with caplog.at_level(logging.INFO):
        paid(pool, Server({bad: Unauthorized(f"The key {bad} was deleted")}))
        paid(pool, Server())
    states = {state.fingerprint: state for state in pool.state()}
    assert states.keys() == {owner(key)[:8] for key in KEYS}
    resting = states[owner(bad)[:8]]
    assert (resting.resting, resting.error) == (REFUSED, "invalid_api_key")
    assert sum(bool(state.error) for state in states.values()) == 1
    [line] = caplog.messages
    assert owner(bad)[:8] in line
    assert not any(key in f"{caplog.text}{states}{pool._accounts}" for key in KEYS)


def test_an_error_is_told_without_the_servers_key(pool: Pool) -> None:
    key = usual(pool)
    error = refusal(pool, Server({key: InvalidRequest(f"no: {key}")}))
    assert error.message == "no: ***"
