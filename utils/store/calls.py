"""The rows that calls leave: one for each, and what those of a month come to."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Index,
    Integer,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from utils.domain.calls import CallRecord
from utils.domain.usage import Only
from utils.store.database import metadata

LONGEST = 200  # characters of a name: a back-end may have made it up
MOST_TOKENS, MOST_CREDITS = 10**12, 1e15  # of one call, or a sum might be too large

Values = Mapping[str, Any]  # of a row

calls = Table(
    "calls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),  # in milliseconds since 1970
    Column("owner", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("backend", Text, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # of the tokens; empty where nobody counted
    Column("credits", Double),
    Column("approximate", Boolean, nullable=False),  # or not known: the credits
    Column("status", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("first_byte", Double),
    Column("number", BigInteger, index=True),  # in the order of booking
    Index("ix_calls_owner_at", "owner", "at"),
    Index("ix_calls_model_at", "model", "at"),
)
numbering = Table("numbering", metadata, Column("last", BigInteger, nullable=False))
months = Table(
    "months",
    metadata,
    Column("month", Text, primary_key=True),  # like 2026-11
    Column("owner", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("credits", Double, nullable=False),
    Column("approximate", BigInteger, nullable=False),  # calls
)
reservations = Table(
    "reservations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("until", BigInteger, nullable=False),  # when its call must be over, as `at`
    Column("tokens", BigInteger, nullable=False),
    Column("credits", Double, nullable=False),
)
SUMMED = ("calls", "failed", "input_tokens", "output_tokens", "credits", "approximate")


@dataclass(frozen=True, slots=True)
class Entry:
    """A call's row, and the reservations that end with it."""

    row: Values
    reservations: tuple[str, ...]
    paid: bool = False

    @property
    def id(self) -> str:
        return str(self.row["id"])


def entry(record: CallRecord, id: str) -> Entry:
    usage = record.usage
    row = {
        "id": id,
        "at": int(record.at * 1000),
        "owner": record.owner,
        "key_id": record.key_id,
        "request_id": _name(record.request_id),
        "endpoint": _name(record.endpoint),
        "dialect": record.dialect,
        "model": _name(record.model),
        "backend": _name(record.backend),
        "input_tokens": _tokens(usage.input_tokens) if usage else 0,
        "output_tokens": _tokens(usage.output_tokens) if usage else 0,
        "source": usage.source if usage else "",
        "credits": _credits(usage.credits) if usage else None,
        "approximate": _is_unsure(record),
        "status": record.status,
        "error": _name(record.error),
        "seconds": record.seconds,
        "first_byte": record.first_byte,
    }
    return Entry(row, record.reservations, record.paid)


def _tokens(number: int) -> int:
    return min(max(number, 0), MOST_TOKENS)


def _credits(number: float | None) -> float | None:
    """None where that is no number."""
    if number is None or isnan(number):
        return None
    return min(max(number, 0), MOST_CREDITS)


def _is_unsure(record: CallRecord) -> bool:
    """Whether it may have taken other credits than it says. The operator's own servers take
    none that nobody tells of.
    """
    usage = record.usage
    if usage and usage.credits is not None:
        return usage.approximate
    return not record.backend and (
        usage is not None or record.paid or bool(record.model and record.status < 400)
    )


def month_of(at: float) -> str:
    """Of a Unix time, in UTC."""
    return time.strftime("%Y-%m", time.gmtime(at))


def those(
    only: Only, columns: Mapping[str, ColumnElement[Any]] | None = None
) -> list[ColumnElement[bool]]:
    """In these columns, or in the table's own."""
    told = {"model": only.model, "endpoint": only.endpoint, "key_id": only.key}
    told["owner"] = only.owner
    return [(columns or calls.c)[name] == value for name, value in told.items() if value]


def book(connection: Connection, entries: Sequence[Entry]) -> None:
    """Their rows, their months, the end of their reservations."""
    rows = [_priced(connection, entry) for entry in entries]
    connection.execute(_adding(connection.dialect.name), _sums(rows))
    connection.execute(insert(calls), _numbered(connection, rows))
    if ended := [id for entry in entries for id in entry.reservations]:
        connection.execute(delete(reservations).where(reservations.c.id.in_(ended)))


def book_missing(connection: Connection, entries: Sequence[Entry]) -> None:
    """Where nobody knows whether some are booked already."""
    if missing := unbooked(connection, entries):
        book(connection, missing)


def unbooked(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    ids = [entry.id for entry in entries]
    there = set(connection.scalars(select(calls.c.id).where(calls.c.id.in_(ids))))
    return [entry for entry in entries if entry.id not in there]


def correct(
    connection: Connection, owner: str, request_id: str, model: str, credits: float
) -> None:
    """What a call took, now that it is told. Clients choose the ids: of several, one."""
    own = calls.c.owner == owner, calls.c.request_id == _name(request_id)
    untold = calls.c.model == _name(model), calls.c.source != "upstream"
    found = select(calls).where(*own, *untold).order_by(calls.c.at).limit(1)
    row = connection.execute(found.with_for_update()).first()
    if row is None:
        return
    told = {"credits": credits, "approximate": False, "source": "upstream"}
    connection.execute(update(calls).where(calls.c.id == row.id).values(told))
    more = {"credits": credits - (row.credits or 0.0), "approximate": -int(row.approximate)}
    month = _sum(month_of(row.at / 1000), owner, ())
    connection.execute(_adding(connection.dialect.name), {**month, **more})


def spent(connection: Connection, month: str, owner: str) -> tuple[int, float]:
    """Tokens and credits. Whoever else books or reserves for this owner waits from now on until
    the transaction is over.
    """
    tokens = months.c.input_tokens + months.c.output_tokens
    told = _adding(connection.dialect.name).returning(tokens, months.c.credits)
    nothing = _sum(month, owner, ())
    used, credits = connection.execute(told, nothing).one()
    return int(used), float(credits)


def _priced(connection: Connection, entry: Entry) -> Values:
    """A call that nobody can tell the price of took what was set apart for it, unless it came
    to nothing.
    """
    row = entry.row
    came_to_nothing = row["status"] >= 400 and not entry.paid
    if not entry.reservations or row["credits"] is not None or came_to_nothing:
        return row
    held = reservations.c.id.in_(entry.reservations)
    credits = connection.scalar(select(func.sum(reservations.c.credits)).where(held))
    return {**row, "credits": credits, "approximate": True, "source": "estimated"}


def _numbered(connection: Connection, rows: Sequence[Values]) -> list[Values]:
    """Without gaps: whoever books next waits until this is over, so that whoever sees a number
    has seen all before it.
    """
    more = update(numbering).values(last=numbering.c.last + len(rows))
    last: int = connection.execute(more.returning(numbering.c.last)).scalar_one()
    return [{**row, "number": number} for number, row in enumerate(rows, last - len(rows) + 1)]


def _sums(rows: Iterable[Values]) -> list[Values]:
    """In one order for all who add, so that no two wait for each other."""
    places: defaultdict[tuple[str, str], list[Values]] = defaultdict(list)
    for row in rows:
        places[month_of(row["at"] / 1000), row["owner"]].append(row)
    return [_sum(*place, places[place]) for place in sorted(places)]


def _sum(month: str, owner: str, rows: Sequence[Values]) -> Values:
    return {
        "month": month,
        "owner": owner,
        "calls": len(rows),
        "failed": sum(row["status"] >= 400 for row in rows),
        "input_tokens": sum(row["input_tokens"] for row in rows),
        "output_tokens": sum(row["output_tokens"] for row in rows),
        "credits": sum(row["credits"] or 0.0 for row in rows),
        "approximate": sum(row["approximate"] for row in rows),
    }


@cache  # for it takes longer to make than to run
def _adding(dialect: str) -> Any:
    """Only the dialects have it, and in the same words."""
    new: Any = (sqlite if dialect == "sqlite" else postgresql).insert(months)
    sums = {name: months.c[name] + new.excluded[name] for name in SUMMED}
    return new.on_conflict_do_update(index_elements=["month", "owner"], set_=sums)


def _name(text: str) -> str:
    """As a database can hold it."""
    return text[:LONGEST].encode(errors="replace").decode().replace("\0", "")
