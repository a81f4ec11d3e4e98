"""The rows that threads are kept in, with all that is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from utils.errors import InvalidRequest, NotFound
from utils.store.conversations import Item, encoded
from utils.store.database import metadata
from utils.store.owned import body_of
from utils.store.pages import shown_columns
from utils.store.run_states import ACTIVE, as_of

threads = Table(
    "threads",
    metadata,
    *shown_columns(),
    Column("owner", Text, nullable=False),
)
messages = Table(
    "thread_messages",
    metadata,
    *shown_columns(),
    Column("thread", ForeignKey("threads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("run", Text, nullable=False),  # that wrote it
)
runs = Table(
    "runs",
    metadata,
    *shown_columns(),
    Column("thread", ForeignKey("threads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),  # when its maker gave a sign of life
)
steps = Table(
    "run_steps",
    metadata,
    *shown_columns(),
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
)


def thread_of(connection: Connection, id: str, owner: str, *, locked: bool = False) -> Item:
    """Raises NotFound. `locked` makes others wait that want to change what is in it."""
    found = body_of(connection, threads, id, owner, locked=locked)
    if found is None:
        raise no_thread(id)
    return found


def no_thread(id: str) -> NotFound:
    return NotFound(f"No thread found with id {id[:100]!r}.", param="thread_id")


def insert_thread(connection: Connection, thread: Item, owner: str) -> None:
    row = {"id": thread["id"], "owner": owner, "body": encoded(thread)}
    connection.execute(insert(threads), row)


def insert_messages(connection: Connection, new: Sequence[Item]) -> None:
    rows = [
        {
            "id": message["id"],
            "thread": message["thread_id"],
            "run": message["run_id"] or "",
            "body": encoded(message),
        }
        for message in new
    ]
    if rows:
        connection.execute(insert(messages), rows)


def check_idle(connection: Connection, thread: str, now: int, refusal: str) -> None:
    """Raises InvalidRequest, in words with places for `thread` and `run`, when a run is under
    way. What is known to have ended by now is noted as such. The thread has to be locked.
    """
    asked = select(runs).where(runs.c.thread == thread, runs.c.status.in_(ACTIVE))
    for row in connection.execute(asked).all():
        run = shown_run(row, now)
        if run["status"] in ACTIVE:
            raise InvalidRequest(refusal.format(thread=thread, run=row.id), param="thread_id")
        write_run(connection, run)


def shown_run(row: Row[Any], now: int) -> Item:
    return as_of(orjson.loads(row.body), row.seen, now)


def write_run(connection: Connection, run: Item) -> None:
    values = {"status": run["status"], "body": encoded(run)}
    connection.execute(update(runs).where(runs.c.id == run["id"]).values(values))
