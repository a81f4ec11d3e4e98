"""The latest calls of the ledger, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from utils.domain.calls import CallRecord
from utils.domain.chat import Usage
from utils.domain.recent_calls import NumberedCall, RecentCalls, Wanted
from utils.store.calls import calls, numbering, those
from utils.store.database import Database
from utils.store.keys import keys

LOOKED_AT = 50_000  # calls, for one page: few may be like what is asked for

_NUMBER = calls.c.number


class CallList:
    """Of what the ledger has written: a call is in it a moment after it has ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted) -> RecentCalls:
        with self._database.read() as connection:
            last: int = connection.execute(select(numbering.c.last)).scalar_one()
            if wanted.after is not None:
                return _following(connection, wanted, min(wanted.after, last), last)
            return _preceding(connection, wanted, last)


def _following(connection: Connection, wanted: Wanted, after: int, last: int) -> RecentCalls:
    """The oldest of them, so that nobody who asks on misses any."""
    seen = min(after + LOOKED_AT, last)
    rows = _rows(connection, wanted, (after + 1, seen), _NUMBER.asc())
    if len(rows) == wanted.limit:
        seen = rows[-1].number
    found = [_call(row) for row in reversed(rows)]
    return RecentCalls(
        calls=found, after=seen, before=after + 1 if after else None, has_more=seen < last
    )


def _preceding(connection: Connection, wanted: Wanted, last: int) -> RecentCalls:
    newest = last if wanted.before is None else min(wanted.before - 1, last)
    oldest = max(newest - LOOKED_AT, 0) + 1
    rows = _rows(connection, wanted, (oldest, newest), _NUMBER.desc())
    if len(rows) == wanted.limit:
        oldest = rows[-1].number
    first = connection.execute(select(func.min(_NUMBER))).scalar()
    has_more = first is not None and first < oldest
    return RecentCalls(
        calls=[_call(row) for row in rows],
        after=newest,
        before=oldest if has_more else None,
        has_more=has_more,
    )


def _rows(
    connection: Connection, wanted: Wanted, numbers: tuple[int, int], order: ColumnElement[Any]
) -> Sequence[Row[Any]]:
    """Those with `numbers` from and to these, which is all that is looked at: a database that
    took an index of something else would go through all calls of a model.
    """
    unindexed = {column.name: func.coalesce(column, "") for column in calls.c}
    asked = select(calls, keys.c.name.label("key_name")).where(_NUMBER.between(*numbers))
    asked = asked.outerjoin_from(calls, keys, keys.c.id == calls.c.key_id)
    asked = asked.where(*those(wanted.only, unindexed)).order_by(order).limit(wanted.limit)
    if wanted.statuses:
        ends = wanted.statuses[0], wanted.statuses[-1]
        asked = asked.where(calls.c.status.between(*ends))
    return connection.execute(asked).all()


def _call(row: Row[Any]) -> NumberedCall:
    usage = Usage(row.input_tokens, row.output_tokens, row.source, row.credits, row.approximate)
    named = ("request_id", "owner", "key_id", "endpoint", "dialect", "model", "backend")
    told = ("status", "error", "seconds", "first_byte")
    record = CallRecord(
        **{name: row._mapping[name] for name in (*named, *told)},
        usage=usage,
        at=row.at / 1000,
    )
    return NumberedCall(row.number, row.key_name or "", record)
