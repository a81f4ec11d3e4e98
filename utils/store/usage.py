"""What calls came to, added up by the database."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    desc,
    func,
    select,
    true,
)

from utils.domain.usage import Forecast, Group, Month, Report, Span, Sums
from utils.store.calls import SUMMED, calls, month_of, months
from utils.store.database import Database
from utils.store.keys import keys

DAY = 86400
WEEK = 7  # days

_LARGEST_FIRST: Sequence[ColumnElement[Any]] = (desc("credits"), desc("calls"), desc("name"))


class UsageReports:
    """Of what the ledger has written: a call is in them a moment after it has ended."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def report(self, span: Span) -> Report:
        total = _of_months(span) if span.by == "month" else _of_calls(span)
        with self._database.read() as connection:
            sums = connection.execute(total).one()
            rows = connection.execute(_groups(span).limit(span.limit + 1)).all()
        groups = [_group(row) for row in rows[: span.limit]]
        return Report(_read(sums), groups, len(rows) > span.limit)

    def month(self, owner: str) -> Month:
        """The running one."""
        with self._database.read() as connection:
            return _month(connection, self._clock(), owner)

    def forecast(self) -> Forecast:
        now = self._clock()
        week = Span(start=now - WEEK * DAY, end=now, by="day", limit=1)
        with self._database.read() as connection:
            month = _month(connection, now, "")
            daily = _read(connection.execute(_of_calls(week)).one()).credits / WEEK
        return Forecast(month, daily, month.sums.credits + daily * _days_left(now))


def _groups(span: Span) -> Select[Any]:
    match span.by:
        case "month":
            months_named = _of_months(span).add_columns(months.c.month.label("name"))
            return months_named.group_by("name").order_by(desc("name"))
        case "day":
            day = func.min(calls.c.at).label("name")
            days = _of_calls(span).add_columns(day)
            return days.group_by(calls.c.at // (DAY * 1000)).order_by(desc("name"))
        case "key":
            return _keyed(_of_calls(span).add_columns(calls.c.key_id, calls.c.owner))
    named = _of_calls(span).add_columns(calls.c[span.by].label("name"))
    return named.group_by("name").order_by(*_LARGEST_FIRST)


def _keyed(sums: Select[Any]) -> Select[Any]:
    """With what its keys are called."""
    found = sums.group_by(calls.c.key_id, calls.c.owner).subquery()
    named = found.outerjoin(keys, keys.c.id == found.c.key_id)
    shown = select(found, found.c.key_id.label("name"), keys.c.name.label("label"))
    return shown.select_from(named).order_by(*_LARGEST_FIRST, found.c.owner)


def _of_calls(span: Span) -> Select[Any]:
    failed = case((calls.c.status >= 400, 1), else_=0)
    own = calls.c.owner == span.owner if span.owner else true()
    since, until = (int(moment * 1000) for moment in (span.start, span.end))
    return select(
        func.count().label("calls"),
        _sum("failed", failed),
        _sum("input_tokens", calls.c.input_tokens),
        _sum("output_tokens", calls.c.output_tokens),
        _sum("credits", calls.c.credits),
        _sum("approximate", case((calls.c.approximate, 1), else_=0)),
    ).where(own, calls.c.at >= since, calls.c.at < until)


def _of_months(span: Span) -> Select[Any]:
    """Those that the span touches, also with calls whose rows are gone."""
    own = months.c.owner == span.owner if span.owner else true()
    first, last = month_of(span.start), month_of(span.end)
    sums = select(*(_sum(name, months.c[name]) for name in SUMMED))
    return sums.where(own, months.c.month.between(first, last))


def _sum(name: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(value), 0).label(name)


def _read(row: Row[Any]) -> Sums:
    return Sums(
        calls=int(row.calls),
        failed=int(row.failed),
        input_tokens=int(row.input_tokens),
        output_tokens=int(row.output_tokens),
        credits=float(row.credits),
        approximate=row.approximate > 0,
    )


def _group(row: Row[Any]) -> Group:
    told = row._mapping
    name = row.name
    if isinstance(name, int):  # a moment of the day
        name = f"{datetime.fromtimestamp(name / 1000, UTC):%Y-%m-%d}"
    return Group(name, _read(row), owner=told.get("owner", ""), label=told.get("label") or "")


def _month(connection: Connection, now: float, owner: str) -> Month:
    span = Span(start=now, end=now, by="month", limit=1, owner=owner)
    return Month(month_of(now), _read(connection.execute(_of_months(span)).one()))


def _days_left(now: float) -> float:
    """Of the month."""
    today = datetime.fromtimestamp(now, UTC)
    _, days = calendar.monthrange(today.year, today.month)
    return days - (today.day - 1) - now % DAY / DAY
