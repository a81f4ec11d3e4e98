"""What calls came to and how they went, added up by the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Row,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from utils.domain.usage import Failures, Grouping, Quality, Seconds, Span, Sums
from utils.store.calls import calls, those
from utils.store.quantiles import SHARES, end, quantiles, step

HOUR, DAY = 3600, 86400
LASTING: Mapping[Grouping, int] = {"hour": HOUR, "day": DAY}

_STATUS = calls.c.status
_SUCCEEDED = _STATUS < 400  # another's end says nothing of how quick the relay is
_FAILURES = {
    "refused": and_(_STATUS >= 400, _STATUS < 500, _STATUS.not_in((429, 499))),
    "limited": _STATUS == 429,
    "left": _STATUS == 499,
    "broken": _STATUS >= 500,
}
_ADDED: Mapping[str, ColumnElement[Any]] = {
    "failed": case((_STATUS >= 400, 1), else_=0),
    "input_tokens": calls.c.input_tokens,
    "output_tokens": calls.c.output_tokens,
    "credits": calls.c.credits,
    "approximate": case((calls.c.approximate, 1), else_=0),
    **{name: case((which, 1), else_=0) for name, which in _FAILURES.items()},
}
_TIMED = ("seconds", "first_byte")


def summed(span: Span) -> Subquery:
    """The `whole`, and each group by its `name`, and with keys its `owner`. The calls are read
    once, for there may be millions.
    """
    names = _names(span.by)
    cells = _cells(span, names)
    return union_all(_told(cells, names, ()), _told(cells, names, [*names])).subquery()


def read(row: Row[Any]) -> Sums:
    return Sums(
        calls=int(row.calls),
        failed=int(row.failed),
        input_tokens=int(row.input_tokens),
        output_tokens=int(row.output_tokens),
        credits=float(row.credits),
        approximate=row.approximate > 0,
    )


def read_calls(row: Row[Any]) -> Sums:
    """And how they went."""
    told = row._asdict()
    failures = Failures(**{name: int(told[name]) for name in _FAILURES})
    quality = Quality(failures=failures, **{name: _seconds(told, name) for name in _TIMED})
    return replace(read(row), quality=quality)


def within(span: Span) -> list[ColumnElement[bool]]:
    since, until = (int(moment * 1000) for moment in (span.start, span.end))
    return [calls.c.at >= since, calls.c.at < until, *those(span.only)]


def _names(by: Grouping) -> Mapping[str, ColumnElement[Any]]:
    if by == "key":
        return {"name": calls.c.key_id, "owner": calls.c.owner}
    if lasting := LASTING.get(by):
        return {"name": calls.c.at // (lasting * 1000)}
    return {"name": calls.c[by]}


def _cells(span: Span, names: Mapping[str, ColumnElement[Any]]) -> CTE:
    """So many groups that in each of them all took about as long."""
    apart = [column.label(name) for name, column in names.items()]
    steps = [step(calls.c[name], _SUCCEEDED).label(f"{name}_step") for name in _TIMED]
    sums = (func.sum(column).label(name) for name, column in _ADDED.items())
    longest = (func.max(case((_SUCCEEDED, calls.c[name]))).label(name) for name in _TIMED)
    told = select(*apart, *steps, func.count().label("calls"), *sums, *longest)
    return told.where(*within(span)).group_by(*apart, *steps).cte("cells")


def _told(cells: CTE, names: Iterable[str], by: Sequence[str]) -> Select[Any]:
    groups = [cells.c[name] for name in by]
    sums = (func.coalesce(func.sum(cells.c[name]), 0).label(name) for name in _COUNTED)
    longest = (func.max(cells.c[name]).label(name) for name in _TIMED)
    found = select(*groups, *sums, *longest).group_by(*groups).subquery()
    told: list[ColumnElement[Any]] = [literal_column(str(int(not by))).label("whole")]
    told += [found.c[n] if by else cast(null(), cells.c[n].type).label(n) for n in names]
    told += [found.c[name] for name in (*_COUNTED, *_TIMED)]
    joined: FromClause = found
    for timed in _TIMED:
        shares = quantiles(cells, f"{timed}_step", by)
        joined = joined.outerjoin(
            shares, and_(true(), *(found.c[n] == shares.c[n] for n in by))
        )
        told += [shares.c[name].label(f"{timed}_{name}") for name in SHARES]
    return select(*told).select_from(joined)


def _seconds(told: Mapping[str, Any], name: str) -> Seconds:
    longest = told[name]
    if longest is None:
        return Seconds()
    reached = {share: min(end(told[f"{name}_{share}"]), longest) for share in SHARES}
    return Seconds(**reached, max=longest)


_COUNTED = ("calls", *_ADDED)
