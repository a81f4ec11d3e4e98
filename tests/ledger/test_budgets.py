from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.records import NOVEMBER, call, rows
from tests.store.keeping import Clock
from utils.domain.callers import Caller, Grant
from utils.domain.calls import Estimate
from utils.domain.catalog import Model
from utils.domain.chat import Usage
from utils.domain.payers import Payer
from utils.errors import OutOfBudget
from utils.store.budgets import UNKNOWN, Budgets
from utils.store.calls import book, entry
from utils.store.database import Database

PRICED = Model(id="gpt-4o-mini", chat=True, input_price=0.5, output_price=2.0)
DRAWS = Model(id="painter", image=True, input_price=2.0)
OWN = Model(id="llama", chat=True, backend="ollama")
SMALL = Estimate(60, 40, PRICED)  # 100 tokens, 110 credits


def caller(owner: str, **grant: Any) -> Caller:
    return Caller(owner=owner, payer=Payer(owner), address="", grant=Grant(**grant), known=True)


@pytest.fixture
def budgets(database: Database) -> Budgets:
    return Budgets(database, 900, clock=lambda: NOVEMBER)


def refusal(budgets: Budgets, who: Caller, estimate: Estimate = SMALL) -> OutOfBudget | None:
    try:
        budgets.reserve(who, estimate)
    except OutOfBudget as error:
        return error
    return None


@pytest.mark.fault(84)
def test_calls_at_once_cannot_pass_a_budget(url: str, owner: str) -> None:
    who = caller(owner, monthly_tokens=1000)
    with closing(Database(url)) as first, closing(Database(url)) as second:
        processes = [Budgets(database, 900) for database in (first, second)]
        with ThreadPoolExecutor(50) as threads:
            tried = threads.map(refusal, processes * 25, [who] * 50)
            refused = [error for error in tried if error]
        assert len(rows(first, owner, "reservations")) == 10
    assert len(refused) == 40


def test_what_a_call_used_takes_the_place_of_what_was_set_apart(
    database: Database, budgets: Budgets, owner: str
) -> None:
    who = caller(owner, monthly_tokens=250)
    held = [budgets.reserve(who, SMALL), budgets.reserve(who, SMALL)]
    assert refusal(budgets, who)
    used = call(owner, usage=Usage(3, 4), reservations=tuple(held))
    with database.begin() as connection:
        book(connection, [entry(used, owner)])
    assert rows(database, owner, "reservations") == []
    assert not refusal(budgets, who)
    assert not refusal(budgets, who)
    assert refusal(budgets, who)


def test_a_refusal_says_which_budget_and_until_when(budgets: Budgets, owner: str) -> None:
    who = caller(owner, monthly_tokens=10**6, monthly_credits=150.5)
    assert not refusal(budgets, who)
    error = refusal(budgets, who)
    assert error
    assert error.message == (
        "This API key has 150.5 of its 150.5 credits left this month, 110 of them set apart "
        "for calls under way, and this call may take up to 110. A chat takes less with a "
        "smaller max_tokens. The budget renews on 2026-12-01 at 00:00 UTC."
    )
    assert (error.status, error.kind, error.code, error.retryable) == (
        429,
        "insufficient_quota",
        "insufficient_quota",
        False,
    )


def test_a_new_month_begins_with_nothing_used(
    database: Database, owner: str, budgets: Budgets
) -> None:
    who = caller(owner, monthly_tokens=100)
    with database.begin() as connection:
        book(connection, [entry(call(owner, usage=Usage(50, 51)), owner)])
    assert refusal(budgets, who)
    december = Budgets(database, 900, clock=lambda: NOVEMBER + 16 * 86400)
    assert not refusal(december, who)


def test_what_a_dead_process_had_set_apart_is_free_after_a_while(
    database: Database, owner: str
) -> None:
    clock, who = Clock(), caller(owner, monthly_tokens=100)
    budgets = Budgets(database, 900, clock=clock)
    assert not refusal(budgets, who)
    clock.ahead = 899
    assert refusal(budgets, who)
    clock.ahead = 901
    assert not refusal(budgets, who)


@pytest.mark.parametrize(
    ("estimate", "credits"),
    [
        (SMALL, 110),
        (Estimate(1000, 0, DRAWS), UNKNOWN),
        (Estimate(1000, 1000, None), UNKNOWN),
        (Estimate(1000, 1000, OWN), 0),
    ],
)
def test_credits_are_estimated_by_price(
    database: Database, budgets: Budgets, owner: str, estimate: Estimate, credits: float
) -> None:
    budgets.reserve(caller(owner, monthly_credits=10**6), estimate)
    assert [row["credits"] for row in rows(database, owner, "reservations")] == [credits]


def test_a_model_without_a_price_takes_what_it_took_lately(
    database: Database, budgets: Budgets, owner: str
) -> None:
    painter = replace(DRAWS, id=owner)
    taken = [call(owner, model=owner, usage=Usage(0, 0, credits=c)) for c in (10, 20, None)]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(taken)])
    budgets.reserve(caller(owner, monthly_credits=10**6), Estimate(1000, 0, painter))
    assert [row["credits"] for row in rows(database, owner, "reservations")] == [15]


@pytest.mark.parametrize(
    ("ended", "credits"),
    [
        ({"status": 200}, 110),
        ({"status": 400}, None),
        ({"status": 499}, None),
        ({"status": 499, "paid": True}, 110),
    ],
)
def test_a_call_that_nobody_tells_the_price_of_took_what_was_set_apart_if_it_came_to_something(
    database: Database,
    budgets: Budgets,
    owner: str,
    ended: dict[str, Any],
    credits: float | None,
) -> None:
    held = budgets.reserve(caller(owner, monthly_credits=1000), SMALL)
    made = call(owner, usage=None, reservations=(held,), **ended)
    with database.begin() as connection:
        book(connection, [entry(made, owner)])
    [row], [month] = rows(database, owner), rows(database, owner, "months")
    assert row["credits"] == credits
    assert bool(row["approximate"]) is (credits is not None)
    assert month["credits"] == (credits or 0)


def test_what_was_only_set_apart_does_not_tell_what_a_model_takes(
    database: Database, budgets: Budgets, owner: str
) -> None:
    who, painter = caller(owner, monthly_credits=10**6), replace(DRAWS, id=owner)
    estimate = Estimate(1000, 0, painter)
    untold = Usage(0, 0)
    first = call(
        owner, model=owner, usage=untold, reservations=(budgets.reserve(who, estimate),)
    )
    told = call(owner, model=owner, usage=Usage(0, 0, credits=10))
    with database.begin() as connection:
        book(connection, [entry(first, f"{owner}1"), entry(told, f"{owner}2")])
    budgets.reserve(who, estimate)
    assert [row["credits"] for row in rows(database, owner, "reservations")] == [10]


def test_several_answers_are_set_apart_at_once(
    database: Database, budgets: Budgets, owner: str
) -> None:
    budgets.reserve(caller(owner, monthly_tokens=800), replace(SMALL, answers=8))
    [row] = rows(database, owner, "reservations")
    assert (row["tokens"], row["credits"]) == (800, 880)


def test_what_a_call_has_set_apart_counts_towards_what_it_needs_then(
    database: Database, budgets: Budgets, owner: str
) -> None:
    who = caller(owner, monthly_tokens=150, monthly_credits=110)
    held = [budgets.reserve(who, Estimate(60, 60, OWN))]
    held.append(budgets.reserve(who, SMALL, held))
    assert budgets.reserve(who, SMALL, held) == ""
    with pytest.raises(OutOfBudget):
        budgets.reserve(who, replace(SMALL, read=61), held)
    found = rows(database, owner, "reservations")
    assert sorted((row["tokens"], row["credits"]) for row in found) == [(0, 110), (120, 0)]


def test_without_the_database_nobody_is_refused(
    tmp_path: Path, owner: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the place of a folder")
    with closing(Database(f"sqlite:///{tmp_path}/file/relay.db")) as database:
        budgets = Budgets(database, 900)
        who = caller(owner, monthly_tokens=1)
        assert [budgets.reserve(who, SMALL) for _ in range(20)] == [""] * 20
    assert caplog.text.count("a budget could not be looked at") == 1
