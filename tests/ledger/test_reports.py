from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.ledger.records import NOVEMBER, call
from utils.domain.callers import Grant
from utils.domain.chat import Usage
from utils.domain.usage import (
    GROUPINGS,
    Failures,
    Grouping,
    Only,
    Report,
    Seconds,
    Span,
)
from utils.store.calls import book, entry
from utils.store.database import Database
from utils.store.keys import KeyStore
from utils.store.usage import UsageReports

DAY = 86400


@pytest.fixture
def reports(database: Database) -> UsageReports:
    return UsageReports(database, clock=lambda: NOVEMBER)


@pytest.fixture
def made(database: Database, owner: str) -> None:
    """Four calls of three days."""
    calls = [
        call(owner, at=NOVEMBER - 1),
        call(owner, at=NOVEMBER, usage=Usage(1, 2, "estimated"), model="gpt-6"),
        call(owner, at=NOVEMBER, usage=None, status=429, model=""),
        call(owner, at=NOVEMBER - 40 * DAY, endpoint="/v1/messages"),
    ]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(calls)])


def names(report: Report) -> dict[str, int]:
    return {group.name: group.sums.calls for group in report.groups}


def span(owner: str, by: Grouping, days: int = 60, limit: int = 100) -> Span:
    start = NOVEMBER + DAY - days * DAY
    return Span(start=start, end=NOVEMBER + DAY, by=by, limit=limit, only=Only(owner=owner))


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("by", "found"),
    [
        (
            "hour",
            {"2026-11-15T00:00Z": 2, "2026-11-14T23:00Z": 1, "2026-10-06T00:00Z": 1},
        ),
        ("day", {"2026-11-15": 2, "2026-11-14": 1, "2026-10-06": 1}),
        ("month", {"2026-11": 3, "2026-10": 1}),
        ("model", {"gpt-4o-mini": 2, "gpt-6": 1, "": 1}),
        ("endpoint", {"/v1/chat/completions": 3, "/v1/messages": 1}),
        ("key", {"": 4}),
    ],
)
def test_calls_are_added_up_by_what_they_have_in_common(
    reports: UsageReports, owner: str, by: Grouping, found: dict[str, int]
) -> None:
    report = reports.report(span(owner, by))
    assert names(report) == found
    assert [*names(report)] == [*found]
    total = report.total
    assert (total.calls, total.failed) == (4, 1)
    assert (total.input_tokens, total.output_tokens, total.tokens) == (21, 12, 33)
    assert (total.credits, total.approximate) == (9, True)
    assert not report.has_more


@pytest.mark.usefixtures("made")
def test_a_report_ends_where_it_is_told_to(reports: UsageReports, owner: str) -> None:
    assert names(reports.report(span(owner, "day", days=1))) == {"2026-11-15": 2}
    short = reports.report(span(owner, "day", limit=2))
    assert (len(short.groups), short.has_more, short.total.calls) == (2, True, 4)
    none = reports.report(Span(start=0, end=1, by="key", limit=1, only=Only(owner=owner)))
    assert (none.groups, none.total.calls, none.total.credits) == ([], 0, 0)


@pytest.mark.usefixtures("made")
def test_what_is_known_for_sure_is_not_called_approximate(
    reports: UsageReports, owner: str
) -> None:
    groups = reports.report(span(owner, "model")).groups
    assert {group.name: group.sums.approximate for group in groups} == {
        "gpt-4o-mini": False,
        "gpt-6": True,
        "": False,
    }


def test_the_calls_of_everybody_are_told_by_key(
    database: Database, reports: UsageReports, owner: str
) -> None:
    at = NOVEMBER + 1000 * DAY  # no other test's
    calls = [call(f"{owner}{n % 3}", at=at, key_id="key_1" if n % 3 else "") for n in range(9)]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(calls)])
    report = reports.report(Span(start=at, end=at + 1, by="key", limit=10))
    found = {(group.name, group.owner): group.sums.calls for group in report.groups}
    assert found == {("", f"{owner}0"): 3, ("key_1", f"{owner}1"): 3, ("key_1", f"{owner}2"): 3}


def test_the_forecast_goes_on_like_the_last_week(database: Database, owner: str) -> None:
    now = NOVEMBER + 2000 * DAY + DAY / 2  # 2032-05-07, noon
    calls = [(3, 70.0), (5, 70.0), (8, 1000.0)]  # the last is of the month before
    made = [call(owner, at=now - days * DAY, usage=Usage(1, 1, credits=c)) for days, c in calls]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(made)])
    forecast = UsageReports(database, clock=lambda: now).forecast()
    assert forecast.month.name == "2032-05"
    assert forecast.month.sums.credits == 140
    assert forecast.daily == 20
    assert forecast.credits == 140 + 20 * 24.5


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("only", "found"),
    [
        ({"model": "gpt-4o-mini"}, 2),
        ({"model": "gpt-4o-mini", "endpoint": "/v1/messages"}, 1),
        ({"endpoint": "/v1/chat/completions"}, 3),
        ({"key": "key_1"}, 0),
        ({"model": "' OR 1=1 --"}, 0),
    ],
)
def test_only_some_calls_are_added_up(
    reports: UsageReports, owner: str, only: dict[str, str], found: int
) -> None:
    asked = replace(span(owner, "day"), only=Only(owner=owner, **only))
    report = reports.report(asked)
    assert report.total.calls == sum(names(report).values()) == found


def test_the_months_of_a_key_are_those_of_whoever_holds_it(
    database: Database, reports: UsageReports, owner: str
) -> None:
    key, _ = KeyStore(database).create("a key", Grant())
    ours = [call(key.owner, key_id=key.id), call(key.owner, key_id=key.id, status=500)]
    with database.begin() as connection:
        named = [*ours, call(owner)]
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(named)])
    asked = replace(span("", "month"), only=Only(key=key.id))
    report = reports.report(asked)
    assert names(report) == {"2026-11": 2}
    assert (report.total.calls, report.total.failed) == (2, 1)
    assert report.total.quality is None


def test_failures_are_told_by_whose_they_are(
    database: Database, reports: UsageReports, owner: str
) -> None:
    statuses = [200, 400, 404, 413, 429, 429, 499, 500, 503, 504, 529]
    made = [call(owner, status=status) for status in statuses]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(made)])
    report = reports.report(span(owner, "endpoint"))
    told = Failures(refused=3, limited=2, left=1, broken=4)
    assert report.total.quality
    assert report.total.quality.failures == told
    assert [group.sums.quality for group in report.groups] == [report.total.quality]
    assert report.total.failed == 10


def quantile(seconds: Sequence[float], percent: int) -> float:
    return sorted(seconds)[math.ceil(len(seconds) * percent / 100) - 1]


@pytest.mark.parametrize(
    "seconds",
    [
        [0.42],
        [0.001, 0.002, 1000, 1001, 4000],
        [1.05**n / 100 for n in range(200)],
        [*[0.2] * 95, *[30.0] * 5],
        [*[0.2] * 94, *[30.0] * 6],
    ],
)
def test_quantiles_are_never_too_small_and_at_most_a_quarter_too_large(
    database: Database, reports: UsageReports, owner: str, seconds: list[float]
) -> None:
    made = [call(owner, seconds=one, first_byte=one / 2) for one in seconds]
    made += [
        call(owner, seconds=9000.0, first_byte=8000.0, status=504),
        call(owner, seconds=seconds[0], first_byte=None),
        call(owner, seconds=7.5, first_byte=None, model="gpt-6"),
    ]
    with database.begin() as connection:
        book(connection, [entry(one, f"{owner}{n}") for n, one in enumerate(made)])
    groups = reports.report(span(owner, "model")).groups
    told = {group.name: group.sums.quality for group in groups}
    assert told["gpt-6"]
    assert told["gpt-6"].seconds == Seconds(p50=7.5, p95=7.5, max=7.5)
    assert told["gpt-6"].first_byte == Seconds()
    ours = told["gpt-4o-mini"]
    assert ours
    for found, true in (
        (ours.seconds, [*seconds, seconds[0]]),
        (ours.first_byte, [one / 2 for one in seconds]),
    ):
        assert found.max == max(true)
        for value, percent in ((found.p50, 50), (found.p95, 95)):
            assert value is not None
            truth = quantile(true, percent)
            assert truth <= value <= max(truth * 1.26, 0.001)


def test_an_empty_ledger_comes_to_nothing(reports: UsageReports, owner: str) -> None:
    for by in GROUPINGS:
        report = reports.report(span(owner, by))
        assert (report.groups, report.total.calls, report.has_more) == ([], 0, False)
        quality = report.total.quality
        assert (quality is None) == (by == "month")
        assert quality is None or quality.seconds == Seconds()
