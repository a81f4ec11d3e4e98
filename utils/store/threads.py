"""Threads, and the messages in them: kept until somebody deletes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from utils.domain.paging import Paging
from utils.errors import ContextTooLong, NotFound
from utils.store.conversations import MOST_TEXT, Item, encoded
from utils.store.database import Database
from utils.store.owned import delete_owned
from utils.store.pages import page
from utils.store.thread_rows import (
    check_idle,
    insert_messages,
    insert_thread,
    messages,
    no_thread,
    thread_of,
    threads,
)


class ThreadStore:
    """Another owner's are answered like unknown ones: every method raises NotFound for those.
    A thread and its messages are what OpenAI shows of them.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def create(self, thread: Item, first: Sequence[Item], owner: str) -> None:
        with self._database.begin() as connection:
            insert_thread(connection, thread, owner)
            insert_messages(connection, first)

    def find(self, id: str, owner: str) -> Item:
        with self._database.read() as connection:
            return thread_of(connection, id, owner)

    def update(self, id: str, changes: Item, owner: str) -> Item:
        """The thread with these of its fields replaced."""
        with self._database.begin() as connection:
            changed = thread_of(connection, id, owner, locked=True) | changes
            new = update(threads).where(threads.c.id == id).values(body=encoded(changed))
            connection.execute(new)
        return changed

    def delete(self, id: str, owner: str) -> None:
        """With all that is in it. Whoever makes a run of it will be told."""
        with self._database.begin() as connection:
            if not delete_owned(connection, threads, id, owner):
                raise no_thread(id)

    def add(self, id: str, message: Item, owner: str) -> None:
        """Raises InvalidRequest while a run is under way."""
        refusal = "Can't add messages to {thread} while a run {run} is active."
        with self._database.begin() as connection:
            thread_of(connection, id, owner, locked=True)
            check_idle(connection, id, int(self._clock()), refusal)
            insert_messages(connection, [message])

    def messages(self, id: str, owner: str) -> list[Item]:
        """All of them, oldest first. Raises ContextTooLong when no model could read them."""
        of = messages.c.thread == id
        with self._database.read() as connection:
            thread_of(connection, id, owner)
            size = select(func.sum(func.length(messages.c.body))).where(of)
            if (connection.execute(size).scalar() or 0) > MOST_TEXT:
                raise ContextTooLong("This thread is too long to be read.", param="thread_id")
            asked = select(messages.c.body).where(of).order_by(messages.c.number)
            return [orjson.loads(row.body) for row in connection.execute(asked)]

    def page(
        self, id: str, wanted: Paging, owner: str, run: str = ""
    ) -> tuple[list[Item], bool]:
        """Of its messages, or of those that `run` wrote."""
        those = messages.c.thread == id
        if run:
            those = and_(those, messages.c.run == run)
        with self._database.read() as connection:
            thread_of(connection, id, owner)
            rows, more = page(connection, messages, those, wanted)
        return [orjson.loads(row.body) for row in rows], more

    def message(self, id: str, message: str, owner: str) -> Item:
        with self._database.read() as connection:
            return _message(connection, id, message, owner)

    def update_message(self, id: str, message: str, changes: Item, owner: str) -> Item:
        with self._database.begin() as connection:
            changed = _message(connection, id, message, owner) | changes
            new = update(messages).where(_is(id, message)).values(body=encoded(changed))
            connection.execute(new)
        return changed

    def delete_message(self, id: str, message: str, owner: str) -> None:
        with self._database.begin() as connection:
            thread_of(connection, id, owner, locked=True)
            if not connection.execute(delete(messages).where(_is(id, message))).rowcount:
                raise _no_message(message)


def _is(thread: str, message: str) -> ColumnElement[bool]:
    return and_(messages.c.thread == thread, messages.c.id == message)


def _message(connection: Connection, thread: str, id: str, owner: str) -> Item:
    thread_of(connection, thread, owner)
    asked = select(messages.c.body).where(_is(thread, id))
    body = connection.execute(asked).scalar()
    if body is None:
        raise _no_message(id)
    found: Item = orjson.loads(body)
    return found


def _no_message(id: str) -> NotFound:
    return NotFound(f"No message found with id {id[:100]!r}.", param="message_id")
