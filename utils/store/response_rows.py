"""The rows that responses are kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    insert,
)
from sqlalchemy.exc import IntegrityError

from utils.store.conversations import Item, encoded
from utils.store.database import metadata

INPUT, OUTPUT = "input", "output"  # sorted like this, too

responses = Table(
    "responses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("previous", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("seen", BigInteger, nullable=False, index=True),  # when it was of use last
    Column("body", Text, nullable=False),
)
items = Table(
    "response_items",
    metadata,
    Column("response", ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("side", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
)


def inserted(connection: Connection, row: Mapping[str, Any]) -> bool:
    """False when its id is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(responses), row)
    except IntegrityError:
        return False
    return True


def insert_items(connection: Connection, id: str, sides: Mapping[str, Sequence[Item]]) -> None:
    rows = [
        {
            "response": id,
            "side": side,
            "position": position,
            "item": item["id"],
            "body": encoded(item),
        }
        for side, said in sides.items()
        for position, item in enumerate(said)
    ]
    if rows:
        connection.execute(insert(items), rows)
