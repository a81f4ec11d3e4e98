"""What half of many seconds are within, and all but a twentieth.

SQLite has no percentiles, and to sort a million numbers for each group would take long. So they
are counted in steps of a tenth of a power of ten, of which the upper end is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Subquery, and_, case, func, literal_column, select

# Seconds: from a millisecond to a thousand seconds. What took longer is in the step after them.
STEPS = tuple(round(10 ** (tenth / 10 - 3), 6) for tenth in range(61))
SHARES = {"p50": 50, "p95": 95}  # of a hundred


def end(step: int) -> float:
    return STEPS[step] if step < len(STEPS) else float("inf")


def step(seconds: ColumnElement[Any], counts: ColumnElement[bool]) -> ColumnElement[Any]:
    """The number of the first step that reaches them; null where they are, or do not count."""
    return case((and_(counts, seconds.is_not(None)), _within(seconds, 0, len(STEPS))))


def _within(seconds: ColumnElement[Any], low: int, high: int) -> ColumnElement[Any]:
    """In six comparisons, for there are a million rows."""
    if low == high:
        return literal_column(str(low))
    middle = (low + high) // 2
    below, above = _within(seconds, low, middle), _within(seconds, middle + 1, high)
    return case((seconds <= literal_column(str(STEPS[middle])), below), else_=above)


def quantiles(cells: CTE, counted: str, by: Sequence[str]) -> Subquery:
    """The steps that are reached by the SHARES of each group `by` these columns. A cell has as
    many `calls` in the step that it is `counted` for.
    """
    groups, step = [cells.c[name] for name in by], cells.c[counted]
    calls = func.sum(cells.c.calls).label("calls")
    found = select(*groups, step.label("step"), calls).where(step.is_not(None))
    steps = found.group_by(*groups, step).subquery().c
    apart = [steps[name] for name in by]
    upto = func.sum(steps.calls).over(partition_by=apart, order_by=steps.step)
    every = func.sum(steps.calls).over(partition_by=apart)
    summed = select(*apart, steps.step, upto.label("upto"), every.label("every")).subquery().c
    reached = (
        func.min(case((summed.upto * 100 >= summed.every * share, summed.step))).label(name)
        for name, share in SHARES.items()
    )
    groups = [summed[name] for name in by]
    return select(*groups, *reached).group_by(*groups).subquery()
