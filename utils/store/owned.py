"""Rows that belong to somebody: to others they are like none at all."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select


def is_owned(table: Table, id: str, owner: str) -> ColumnElement[bool]:
    return and_(table.c.id == id, table.c.owner == owner)


def body_of(
    connection: Connection, table: Table, id: str, owner: str, *, locked: bool = False
) -> dict[str, Any] | None:
    """What the row holds. `locked`, others who mean to change it wait."""
    asked = select(table.c.body).where(is_owned(table, id, owner))
    body = connection.execute(asked.with_for_update() if locked else asked).scalar()
    if body is None:
        return None
    found: dict[str, Any] = orjson.loads(body)
    return found


def delete_owned(connection: Connection, table: Table, id: str, owner: str) -> bool:
    """Whether there was one."""
    return connection.execute(delete(table).where(is_owned(table, id, owner))).rowcount > 0
