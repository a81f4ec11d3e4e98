"""Conversations, and the items in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from utils.errors import ContextTooLong, InvalidRequest, NotFound
from utils.store.database import Database, metadata
from utils.store.owned import body_of, delete_owned, is_owned

MOST_TEXT = 64 * 2**20  # characters of all items that one turn reads
BATCH = 500  # values in one statement

_conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("length", Integer, nullable=False),  # positions that were given out
    Column("body", Text, nullable=False),
)
_items = Table(
    "conversation_items",
    metadata,
    Column(
        "conversation", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("position", Integer, primary_key=True),
    Column("item", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
    UniqueConstraint("conversation", "item"),
)
Item = dict[str, Any]
Order = Literal["asc", "desc"]


class ConversationStore:
    """Another owner's are answered like unknown ones: every method raises NotFound for those.

    A conversation and its items are what OpenAI shows of them, each with its `id`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, conversation: Item, items: Sequence[Item], owner: str) -> None:
        id, fresh = conversation["id"], {item["id"]: item for item in items}
        row = {"id": id, "owner": owner, "length": len(fresh), "body": encoded(conversation)}
        with self._database.begin() as connection:
            connection.execute(insert(_conversations), row)
            _append(connection, id, [*fresh.values()], 0)

    def find(self, id: str, owner: str) -> Item:
        with self._database.read() as connection:
            return _found(connection, id, owner)

    def update(self, id: str, changes: Item, owner: str) -> Item:
        """The conversation with these of its fields replaced."""
        with self._database.begin() as connection:
            changed = _found(connection, id, owner, locked=True) | changes
            connection.execute(
                update(_conversations)
                .where(_conversations.c.id == id)
                .values(body=encoded(changed))
            )
        return changed

    def delete(self, id: str, owner: str) -> None:
        with self._database.begin() as connection:
            if not delete_owned(connection, _conversations, id, owner):
                raise _no_conversation(id)

    def add(self, id: str, items: Sequence[Item], owner: str) -> list[Item]:
        """The items as they are there now. One that was there already is not added again; one
        that only has the id of another gets a new one. Their order holds however many add at
        once. Raises ContextTooLong when no model could read them all.
        """
        with self._database.begin() as connection:
            length = connection.execute(  # which also makes others wait
                update(_conversations)
                .where(is_owned(_conversations, id, owner))
                .values(length=_conversations.c.length + len(items))
                .returning(_conversations.c.length)
            ).scalar()
            if length is None:
                raise _no_conversation(id)
            there = _those(connection, id, [item["id"] for item in items])
            told = _renamed(items, there, length)
            fresh = {item["id"]: item for item in told if item["id"] not in there}
            _append(connection, id, list(fresh.values()), length - len(items))
            _check_size(connection, id)
        return told

    def items(self, id: str, owner: str) -> list[Item]:
        """All of them, oldest first."""
        with self._database.read() as connection:
            _found(connection, id, owner)
            of = _items.c.conversation == id
            rows = connection.execute(
                select(_items.c.body).where(of).order_by(_items.c.position)
            )
            return [orjson.loads(row.body) for row in rows]

    def page(
        self, id: str, owner: str, *, after: str = "", limit: int = 20, order: Order = "desc"
    ) -> tuple[list[Item], bool]:
        """At most `limit` items that follow the one called `after`, and whether more do."""
        position = _items.c.position
        with self._database.read() as connection:
            _found(connection, id, owner)
            asked = select(_items.c.body).where(_items.c.conversation == id)
            if after:
                last = connection.execute(
                    select(position).where(_items.c.conversation == id, _items.c.item == after)
                ).scalar()
                if last is None:
                    raise InvalidRequest("after: no such item", param="after")
                asked = asked.where(position > last if order == "asc" else position < last)
            asked = asked.order_by(position if order == "asc" else position.desc())
            rows = connection.execute(asked.limit(limit + 1)).all()
        return [orjson.loads(row.body) for row in rows[:limit]], len(rows) > limit

    def item(self, id: str, item_id: str, owner: str) -> Item:
        with self._database.read() as connection:
            _found(connection, id, owner)
            if found := _those(connection, id, [item_id]):
                return found[item_id]
        raise _no_item(item_id)

    def remove_item(self, id: str, item_id: str, owner: str) -> Item:
        """The conversation it was in."""
        with self._database.begin() as connection:
            conversation = _found(connection, id, owner)
            which = and_(_items.c.conversation == id, _items.c.item == item_id)
            if not connection.execute(delete(_items).where(which)).rowcount:
                raise _no_item(item_id)
        return conversation


def _renamed(items: Sequence[Item], there: Mapping[str, Item], length: int) -> list[Item]:
    """Where an id is another item's already, with one of its own."""
    known, told = {**there}, list[Item]()
    for place, item in enumerate(items):
        if known.setdefault(item["id"], item) != item:
            item = item | {"id": f"{item['id']}_{length - len(items) + place}"}
        told.append(item)
    return told


def _check_size(connection: Connection, id: str) -> None:
    """Where it grows, so that whoever reads it need not."""
    size = select(func.sum(func.length(_items.c.body))).where(_items.c.conversation == id)
    if (connection.execute(size).scalar() or 0) > MOST_TEXT:
        raise ContextTooLong("This conversation is too long to be read.", param="conversation")


def _found(connection: Connection, id: str, owner: str, *, locked: bool = False) -> Item:
    found = body_of(connection, _conversations, id, owner, locked=locked)
    if found is None:
        raise _no_conversation(id)
    return found


def _those(connection: Connection, id: str, names: Sequence[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for start in range(0, len(names), BATCH):
        rows = connection.execute(
            select(_items.c.item, _items.c.body).where(
                _items.c.conversation == id, _items.c.item.in_(names[start : start + BATCH])
            )
        )
        found |= {row.item: orjson.loads(row.body) for row in rows}
    return found


def named(connection: Connection, names: Sequence[str], owner: str) -> dict[str, Item]:
    """The items called so in any conversation of this owner."""
    asked = select(_items.c.item, _items.c.body).join(_conversations)
    asked = asked.where(_items.c.item.in_(names), _conversations.c.owner == owner)
    return {row.item: orjson.loads(row.body) for row in connection.execute(asked)}


def _append(connection: Connection, id: str, items: Sequence[Item], position: int) -> None:
    rows = [
        {"conversation": id, "position": place, "item": item["id"], "body": encoded(item)}
        for place, item in enumerate(items, position)
    ]
    if rows:
        connection.execute(insert(_items), rows)


def encoded(value: Item) -> str:
    return orjson.dumps(value).decode()


def _no_conversation(id: str) -> NotFound:
    return NotFound(f"There is no conversation {id[:100]!r}.", param="conversation")


def _no_item(id: str) -> NotFound:
    return NotFound(f"There is no item {id[:100]!r} in this conversation.", param="item_id")
