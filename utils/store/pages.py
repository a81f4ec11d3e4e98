"""Tables whose rows are things as OpenAI shows them, and lists of those in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Table,
    Text,
    select,
)

from utils.domain.paging import Paging
from utils.errors import InvalidRequest

Found = tuple[list[Row[Any]], bool]  # and whether there are more


def shown_columns() -> list[Column[Any]]:
    """What every such table has. `number` gives the order: later ones are greater."""
    return [
        Column(
            "number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
        ),  # SQLite counts on its own only in an INTEGER
        Column("id", Text, nullable=False, unique=True),
        Column("body", Text, nullable=False),
    ]


def page(
    connection: Connection, table: Table, those: ColumnElement[bool], wanted: Paging
) -> Found:
    """Of `those` rows the wanted ones. Raises InvalidRequest for a place that is none."""
    number = table.c.number
    backwards = bool(wanted.before and not wanted.after)
    asked = select(table).where(those)
    for param, id in (("after", wanted.after), ("before", wanted.before)):
        if id:
            place = _place(connection, table, those, (param, id))
            greater = (param == "after") != wanted.newest_first
            asked = asked.where(number > place if greater else number < place)
    falling = wanted.newest_first != backwards
    asked = asked.order_by(number.desc() if falling else number.asc())
    rows: Sequence[Row[Any]] = connection.execute(asked.limit(wanted.limit + 1)).all()
    found = [*rows[: wanted.limit]]
    return found[::-1] if backwards else found, len(rows) > wanted.limit


def _place(
    connection: Connection, table: Table, those: ColumnElement[bool], named: tuple[str, str]
) -> int:
    param, id = named
    asked = select(table.c.number).where(those, table.c.id == id)
    place = connection.execute(asked).scalar()
    if place is None:
        raise InvalidRequest(f"{param}: there is no such thing in this list", param=param)
    return int(place)
