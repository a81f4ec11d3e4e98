"""What calls came to, for whoever asks."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, desc, func, literal, select, union_all

from utils.domain.usage import Forecast, Group, Month, Only, Report, Span, Sums
from utils.store.calls import SUMMED, calls, month_of, months
from utils.store.database import Database
from utils.store.keys import keys
from utils.store.sums import DAY, HOUR, LASTING, read, read_calls, summed, within

WEEK = 7  # days

_SHOWN = {HOUR: "%Y-%m-%dT%H:%MZ", DAY: "%Y-%m-%d"}


class UsageReports:
    """Of what the ledger has written: a call is in them a moment after it has ended."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def report(self, span: Span) -> Report:
        monthly = span.by == "month"
        asked, told = (_by_month(span), read) if monthly else (_by_call(span), read_calls)
        with self._database.read() as connection:
            whole, *rows = connection.execute(asked.limit(span.limit + 2)).all()
        groups = [_group(span, row, told(row)) for row in rows[: span.limit]]
        return Report(told(whole), groups, len(rows) > span.limit)

    def month(self, owner: str) -> Month:
        """The running one."""
        with self._database.read() as connection:
            return _month(connection, self._clock(), owner)

    def forecast(self) -> Forecast:
        now = self._clock()
        week = Span(start=now - WEEK * DAY, end=now, by="day", limit=1)
        spent = select(func.coalesce(func.sum(calls.c.credits), 0.0)).where(*within(week))
        with self._database.read() as connection:
            month = _month(connection, now, "")
            daily = float(connection.execute(spent).scalar_one()) / WEEK
        return Forecast(month, daily, month.sums.credits + daily * _days_left(now))


def _by_call(span: Span) -> Select[Any]:
    """The whole, and then the groups, with what keys are called."""
    found = summed(span)
    order = ("name",) if span.by in LASTING else ("credits", "calls", "name")
    falling = (desc(found.c[name]) for name in ("whole", *order))
    if span.by != "key":
        return select(found).order_by(*falling)
    named = found.outerjoin(keys, keys.c.id == found.c.name)
    asked = select(found, keys.c.name.label("label")).select_from(named)
    return asked.order_by(*falling, found.c.owner)


def _by_month(span: Span) -> Select[Any]:
    """The whole, and then the months."""
    whole = _of_months(span).add_columns(literal("").label("name"))
    each = _of_months(span).add_columns(months.c.month).group_by(months.c.month)
    found = union_all(
        whole.add_columns(literal(1).label("whole")), each.add_columns(literal(0))
    ).subquery()
    return select(found).order_by(desc(found.c.whole), desc(found.c.name))


def _of_months(span: Span) -> Select[Any]:
    """Those that the span touches, also with calls whose rows are gone."""
    first, last = month_of(span.start), month_of(span.end)
    sums = (func.coalesce(func.sum(months.c[name]), 0).label(name) for name in SUMMED)
    asked = select(*sums).where(months.c.month.between(first, last))
    if span.only.owner:
        asked = asked.where(months.c.owner == span.only.owner)
    if span.only.key:
        holder = select(keys.c.owner).where(keys.c.id == span.only.key)
        asked = asked.where(months.c.owner.in_(holder))
    return asked


def _group(span: Span, row: Row[Any], sums: Sums) -> Group:
    told, name = row._mapping, row.name
    if lasting := LASTING.get(span.by):
        name = datetime.fromtimestamp(name * lasting, UTC).strftime(_SHOWN[lasting])
    return Group(name, sums, owner=told.get("owner", ""), label=told.get("label") or "")


def _month(connection: Connection, now: float, owner: str) -> Month:
    span = Span(start=now, end=now, by="month", limit=1, only=Only(owner=owner))
    return Month(month_of(now), read(connection.execute(_of_months(span)).one()))


def _days_left(now: float) -> float:
    """Of the month."""
    today = datetime.fromtimestamp(now, UTC)
    _, days = calendar.monthrange(today.year, today.month)
    return days - (today.day - 1) - now % DAY / DAY
