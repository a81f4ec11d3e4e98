"""What the records of one answer tell of its cost."""

from __future__ import annotations

from typing import Any

import pytest

from utils.domain.chat import Usage
from utils.domain.payers import Balance
from utils.errors import (
    InvalidRequest,
    RateLimited,
    RelayError,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from utils.onemin.bills import Bill, Purse

USAGE = Usage(1, 2, "estimated")


def told(status: str, used: object = None, uuid: str = "a") -> dict[str, Any]:
    return {"aiRecord": {"uuid": uuid, "status": status, "teamUser": {"usedCredit": used}}}


def test_a_call_took_what_its_polls_tell_beyond_its_first_record() -> None:
    bill = Bill()
    bill.asked(told("PROCESSING", 100))
    bill.polled(told("PROCESSING", 100))
    assert bill.priced(USAGE) == USAGE
    bill.polled(told("SUCCESS", 142.5))
    assert bill.priced(USAGE) == Usage(1, 2, "estimated", 42.5)


def test_what_1min_ai_tells_itself_stays() -> None:
    bill = Bill()
    bill.asked(told("PROCESSING", 100))
    bill.polled(told("SUCCESS", 200))
    assert bill.priced(Usage(1, 2, credits=7)).credits == 7


def test_a_call_that_was_answered_at_once_leaves_it_unknown() -> None:
    """Its own record does not know it yet, and what was polled before lacks it."""
    bill = Bill()
    bill.asked(told("PROCESSING", 100))
    bill.polled(told("SUCCESS", 200))
    bill.asked(told("SUCCESS", 200, "b"))
    assert bill.priced(USAGE).credits is None


def test_answers_may_come_in_any_order() -> None:
    bill = Bill()
    bill.asked(told("PROCESSING", 140, "b"))
    bill.asked(told("PROCESSING", 100, "a"))
    bill.polled(told("SUCCESS", 180, "b"))
    bill.polled(told("SUCCESS", 140, "a"))
    assert bill.priced(USAGE).credits == 80


@pytest.mark.parametrize("status", ["SUCCESS", "PROCESSING", None])
def test_what_was_accepted_is_perhaps_paid(status: Any) -> None:
    bill = Bill()
    assert not bill.perhaps_paid
    bill.asked(told(status))
    assert bill.perhaps_paid


@pytest.mark.parametrize("status", ["FAILURE", "FAILED"])
def test_what_failed_is_not(status: str) -> None:
    bill = Bill()
    bill.asked(told("PROCESSING"))
    bill.polled(told(status))
    assert not bill.perhaps_paid


@pytest.mark.parametrize(
    ("error", "perhaps"),
    [
        (InvalidRequest("no"), False),
        (RateLimited("no"), False),
        (UpstreamFailed("no"), True),
        (UpstreamTimeout("no"), True),
        (UpstreamUnreachable("no"), True),
        (GeneratorExit(), True),
    ],
)
def test_a_call_is_perhaps_paid_unless_1min_ai_refused_it(
    error: RelayError | GeneratorExit, *, perhaps: bool
) -> None:
    bill = Bill()
    with pytest.raises(type(error)), bill.asking():
        raise error
    assert bill.perhaps_paid is perhaps


def test_every_balance_is_heard_of() -> None:
    purse = Purse()
    bill = Bill(purse)
    bill.asked({"aiRecord": {"teamUser": {"usedCredit": 1, "creditLimit": 9}}})
    assert purse.balance == Balance(1, 9)
    bill.polled({"aiRecord": {"teamUser": {"usedCredit": 2, "creditLimit": "many"}}})
    odd: tuple[Any, ...] = (None, [], {}, {"aiRecord": None}, told("SUCCESS", "1"))
    for reply in odd:
        bill.polled(reply)
    assert purse.balance == Balance(2, None)


def test_what_was_made_is_known_by_its_place() -> None:
    bill = Bill()
    made = ["images/a.png", "development/audios/b.mp3", "Hello.", "https://x/images/c.png"]
    bill.asked({"aiRecord": {"uuid": "a", "status": "SUCCESS", "resultObject": made}})
    assert bill.files == made[:2]
