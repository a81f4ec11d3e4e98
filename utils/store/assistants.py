"""Assistants: how their owners want runs to be made."""

from __future__ import annotations

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Table,
    Text,
    insert,
    update,
)

from utils.domain.paging import Paging
from utils.errors import NotFound
from utils.store.conversations import Item, encoded
from utils.store.database import Database, metadata
from utils.store.owned import body_of, delete_owned, is_owned
from utils.store.pages import page, shown_columns

_assistants = Table(
    "assistants",
    metadata,
    *shown_columns(),
    Column("owner", Text, nullable=False, index=True),
)


class AssistantStore:
    """Another owner's are answered like unknown ones: every method raises NotFound for those.
    An assistant is what OpenAI shows of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, assistant: Item, owner: str) -> None:
        row = {"id": assistant["id"], "owner": owner, "body": encoded(assistant)}
        with self._database.begin() as connection:
            connection.execute(insert(_assistants), row)

    def find(self, id: str, owner: str) -> Item:
        with self._database.read() as connection:
            return _found(connection, id, owner)

    def page(self, wanted: Paging, owner: str) -> tuple[list[Item], bool]:
        with self._database.read() as connection:
            rows, more = page(connection, _assistants, _assistants.c.owner == owner, wanted)
        return [orjson.loads(row.body) for row in rows], more

    def update(self, id: str, changes: Item, owner: str) -> Item:
        """The assistant with these of its fields replaced."""
        with self._database.begin() as connection:
            changed = _found(connection, id, owner, locked=True) | changes
            new = (
                update(_assistants)
                .where(is_owned(_assistants, id, owner))
                .values(body=encoded(changed))
            )
            connection.execute(new)
        return changed

    def delete(self, id: str, owner: str) -> None:
        with self._database.begin() as connection:
            if not delete_owned(connection, _assistants, id, owner):
                raise _none(id)


def _found(connection: Connection, id: str, owner: str, *, locked: bool = False) -> Item:
    found = body_of(connection, _assistants, id, owner, locked=locked)
    if found is None:
        raise _none(id)
    return found


def _none(id: str) -> NotFound:
    return NotFound(f"No assistant found with id {id[:100]!r}.", param="assistant_id")
