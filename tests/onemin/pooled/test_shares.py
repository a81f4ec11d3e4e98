"""What calls at the same time are booked with: never more than their account has lost."""

from __future__ import annotations

from typing import Any

import pytest

from utils.domain.chat import Usage
from utils.onemin.bills import Bill, Purse

PICTURE, SPEECH, MANY = 40_000, 60, 12


class Account:
    """At 1min.ai, as far as its records tell."""

    def __init__(self) -> None:
        self.used = 123_456.0
        self.purse = Purse()

    def told(self, uuid: str, status: str, credit: float | None = None) -> dict[str, Any]:
        user, counted = {"usedCredit": self.used}, {"credit": credit}
        made = {"uuid": uuid, "status": status, "teamUser": user, "metadata": counted}
        return {"aiRecord": made}

    def begun(self, kind: str = "picture", calls: int = 1, price: float = 0) -> Bill:
        """One whose calls cost so much at once."""
        bill = Bill(self.purse)
        bill.open()
        for number in range(calls):
            with bill.asking(kind):
                bill.asked(self.told(str(number), "PROCESSING"))
            self.used += price
        return bill

    def ended(self, bill: Bill, price: float = 0) -> Usage:
        """One that costs so much only now."""
        self.used += price
        bill.polled(self.told("0", "SUCCESS"))
        usage = bill.priced(Usage(1, 2))
        bill.close()
        return usage

    def chatted(self, credits: float) -> None:
        bill = Bill(self.purse)
        bill.open()
        bill.asked(self.told("a chat", "SUCCESS", credits))
        self.used += credits
        bill.close()


@pytest.fixture
def account() -> Account:
    return Account()


def total(booked: list[Usage]) -> float:
    return sum(usage.credits or 0 for usage in booked)


@pytest.mark.parametrize(("at_first", "at_last"), [(PICTURE, 0), (0, PICTURE)])
def test_calls_at_once_are_booked_once(
    account: Account, at_first: float, at_last: float
) -> None:
    bills = [account.begun(price=at_first) for _ in range(MANY)]
    booked = [account.ended(bill, at_last) for bill in bills]
    assert total(booked) == pytest.approx(MANY * PICTURE)
    assert all(usage.approximate for usage in booked)


@pytest.mark.parametrize(("at_first", "at_last"), [(PICTURE, 0), (0, PICTURE)])
def test_a_price_that_is_known_is_each_ones(
    account: Account, at_first: float, at_last: float
) -> None:
    alone = account.ended(account.begun(), PICTURE)
    assert (alone.credits, alone.approximate) == (PICTURE, False)
    bills = [account.begun(price=at_first) for _ in range(MANY)]
    booked = [account.ended(bill, at_last) for bill in reversed(bills)]
    assert [usage.credits for usage in booked] == [PICTURE] * MANY


def test_a_price_is_that_of_one_call(account: Account) -> None:
    account.ended(account.begun(calls=4, price=PICTURE))
    bills = [account.begun(calls=calls, price=PICTURE) for calls in (3, 1)]
    shares = [account.ended(bill).credits for bill in bills]
    assert shares == [3 * PICTURE, PICTURE]


def test_what_another_kind_costs_is_not_mistaken_for_it(account: Account) -> None:
    account.ended(account.begun("speech", price=SPEECH))
    speech, picture = account.begun("speech", price=SPEECH), account.begun(price=PICTURE)
    assert account.ended(speech).credits == SPEECH
    assert account.ended(picture).credits == PICTURE


def test_what_chats_tell_themselves_is_in_no_other_bill(account: Account) -> None:
    picture = account.begun(price=PICTURE)
    for _ in range(3):
        account.chatted(56)
    assert account.ended(picture).credits == PICTURE


def test_calls_one_after_the_other_in_turn_are_booked_once(account: Account) -> None:
    """Each overlaps with the next, and never is the account at rest."""
    before, bill, booked = account.used, account.begun(price=PICTURE), []
    for _ in range(MANY):
        following = account.begun(price=PICTURE)
        booked.append(account.ended(bill))
        bill = following
    booked.append(account.ended(bill))
    assert total(booked) == pytest.approx(account.used - before)


def test_what_was_booked_alone_is_booked_to_nobody_else(account: Account) -> None:
    """Though others begin before its call is over."""
    first = account.begun(price=PICTURE)
    first.polled(account.told("0", "SUCCESS"))
    assert first.priced(Usage(1, 2)).credits == PICTURE
    bills = [account.begun("speech", price=SPEECH) for _ in range(2)]
    first.close()
    assert total([account.ended(bill) for bill in bills]) == 2 * SPEECH


def test_nobody_is_booked_for_what_came_before(account: Account) -> None:
    left = account.begun(price=PICTURE)
    left.close()
    bills = [account.begun(price=SPEECH) for _ in range(2)]
    assert total([account.ended(bill) for bill in bills]) == 2 * SPEECH
