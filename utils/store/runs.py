"""Runs of threads, and their steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from utils.domain.paging import Paging
from utils.errors import InvalidRequest, NotFound
from utils.store.conversations import Item, encoded
from utils.store.database import Database
from utils.store.pages import page
from utils.store.run_states import MADE, WAITING, cancelled, step_as_of
from utils.store.thread_rows import (
    check_idle,
    insert_messages,
    insert_thread,
    runs,
    shown_run,
    steps,
    thread_of,
    write_run,
)

_BUSY = "Thread {thread} already has an active run {run}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a turn of a run came to: `changes` of its fields, and what it wrote."""

    changes: Item
    messages: Sequence[Item] = ()
    steps: Sequence[Item] = ()


class RunStore:
    """Those of another owner's threads are answered like unknown ones: every method that is
    given an owner raises NotFound for those. Runs and steps are what OpenAI shows of them.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, run: Item, added: Sequence[Item], owner: str, thread: Item | None = None
    ) -> None:
        """With messages that it adds to its thread, which is `thread`, if that is new. From now
        on `alive` has to be called. Raises InvalidRequest when another is under way.
        """
        with self._database.begin() as connection:
            if thread:
                insert_thread(connection, thread, owner)
            thread_of(connection, run["thread_id"], owner, locked=True)
            check_idle(connection, run["thread_id"], self._now(), _BUSY)
            insert_messages(connection, added)
            row = {"id": run["id"], "thread": run["thread_id"], "status": run["status"]}
            told = {"seen": self._now(), "body": encoded(run)}
            connection.execute(insert(runs), row | told)

    def resume(self, run: Item, step: Item, owner: str) -> None:
        """With the outputs it waited for, in the step that has its calls. Raises
        InvalidRequest when it does not wait any more.
        """
        with self._database.begin() as connection:
            found = self._locked(connection, run["thread_id"], run["id"], owner)
            waited = select(steps.c.body).where(steps.c.id == step["id"])
            before = orjson.loads(connection.execute(waited).scalar_one())
            if found["status"] != WAITING or before["status"] != "in_progress":
                raise not_waiting(found)
            write_run(connection, run | {"metadata": found["metadata"]})
            mine = update(runs).where(runs.c.id == run["id"])
            connection.execute(mine.values(seen=self._now()))
            new = update(steps).where(steps.c.id == step["id"]).values(body=encoded(step))
            connection.execute(new)

    def end(self, thread: str, id: str, outcome: Outcome, owner: str) -> Item:
        """The run after its turn: changed, unless it was cancelled meanwhile. Raises NotFound
        when it was deleted.
        """
        with self._database.begin() as connection:
            thread_of(connection, thread, owner, locked=True)
            row = self._row(connection, thread, id)
            found: Item = orjson.loads(row.body)
            if found["status"] not in MADE:
                return found
            changed = found | outcome.changes
            write_run(connection, changed)
            insert_messages(connection, outcome.messages)
            if outcome.steps:
                rows = [{"id": s["id"], "run": id, "body": encoded(s)} for s in outcome.steps]
                connection.execute(insert(steps), rows)
        return changed

    def alive(self, id: str) -> bool:
        """Told by whoever makes it, every few seconds: whether it is wanted still."""
        mine = update(runs).where(runs.c.id == id, runs.c.status.in_(MADE))
        with self._database.begin() as connection:
            return connection.execute(mine.values(seen=self._now())).rowcount > 0

    def find(self, thread: str, id: str, owner: str) -> Item:
        with self._database.read() as connection:
            return self._found(connection, thread, id, owner)

    def page(self, thread: str, wanted: Paging, owner: str) -> tuple[list[Item], bool]:
        with self._database.read() as connection:
            thread_of(connection, thread, owner)
            rows, more = page(connection, runs, runs.c.thread == thread, wanted)
        return [shown_run(row, self._now()) for row in rows], more

    def update(self, thread: str, id: str, changes: Item, owner: str) -> Item:
        """The run with these of its fields replaced."""
        with self._database.begin() as connection:
            changed = self._locked(connection, thread, id, owner) | changes
            write_run(connection, changed)
        return changed

    def cancel(self, thread: str, id: str, owner: str) -> Item:
        """Raises InvalidRequest when it is over already."""
        with self._database.begin() as connection:
            ended = cancelled(self._locked(connection, thread, id, owner), self._now())
            write_run(connection, ended)
        return ended

    def steps(self, thread: str, id: str, owner: str) -> list[Item]:
        """All of them, oldest first."""
        with self._database.read() as connection:
            run = self._found(connection, thread, id, owner)
            asked = select(steps.c.body).where(steps.c.run == id).order_by(steps.c.number)
            rows = connection.execute(asked).all()
        return [step_as_of(orjson.loads(row.body), run) for row in rows]

    def step_page(
        self, thread: str, id: str, wanted: Paging, owner: str
    ) -> tuple[list[Item], bool]:
        with self._database.read() as connection:
            run = self._found(connection, thread, id, owner)
            rows, more = page(connection, steps, steps.c.run == id, wanted)
        return [step_as_of(orjson.loads(row.body), run) for row in rows], more

    def step(self, thread: str, id: str, step: str, owner: str) -> Item:
        for found in self.steps(thread, id, owner):
            if found["id"] == step:
                return found
        raise NotFound(f"No run step found with id {step[:100]!r}.", param="step_id")

    def _now(self) -> int:
        return int(self._clock())

    def _found(self, connection: Connection, thread: str, id: str, owner: str) -> Item:
        thread_of(connection, thread, owner)
        return shown_run(self._row(connection, thread, id), self._now())

    def _locked(self, connection: Connection, thread: str, id: str, owner: str) -> Item:
        thread_of(connection, thread, owner, locked=True)
        return shown_run(self._row(connection, thread, id), self._now())

    def _row(self, connection: Connection, thread: str, id: str) -> Row[Any]:
        asked = select(runs).where(runs.c.thread == thread, runs.c.id == id)
        row = connection.execute(asked).first()
        if row is None:
            raise NotFound(f"No run found with id {id[:100]!r}.", param="run_id")
        return row


def not_waiting(run: Item) -> InvalidRequest:
    return InvalidRequest(
        f"Runs in status {run['status']!r} do not accept tool outputs.", param="run_id"
    )
