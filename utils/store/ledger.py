"""What every call was. Nobody waits for it to be written."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from random import getrandbits
from threading import Event, Lock, Thread

from sqlalchemy import Connection, delete, select

from utils.domain.calls import CallRecord
from utils.errors import Unavailable
from utils.store.calls import (
    Entry,
    book,
    book_missing,
    calls,
    entry,
    reservations,
    unbooked,
)
from utils.store.database import Database
from utils.store.journal import Journal

log = logging.getLogger(__name__)

DAY = 86400
WAITING = 20_000  # rows that may wait for the database
BATCH = 500  # rows in a transaction
GATHER = 0.1  # seconds in which a batch gathers
PAUSE = 2  # seconds between two tries while the database is away
FAREWELL = 5  # seconds in which a stopping relay writes what waits
PRUNING = 3600  # seconds

Booking = Callable[[Connection, Sequence[Entry]], None]


class Ledger:
    """One thread writes; `add` takes no longer than it takes to queue. What waits for the
    database is written when that is back, and each row once; over `most` rows the newest are
    lost, and counted.

    What waits is in a journal, too: what a killed process leaves there is written by whoever
    starts next, or within PRUNING seconds.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        days: int,
        *,
        most: int = WAITING,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Rows are kept for as many `days`; what they come to in a month stays."""
        self._database = database
        self._journal = journal
        self._lasting = days * DAY
        self._most = most
        self._clock = clock
        self._queue: SimpleQueue[Entry | Event | None] = SimpleQueue()
        self._lock = Lock()
        self._writer: Thread | None = None
        self._hurry, self._over = Event(), Event()
        self._in_hand = self._dropped = 0
        self._away = False
        self._pruned = float("-inf")

    @property
    def waiting(self) -> int:
        """Rows that are not written yet."""
        return self._queue.qsize() + self._in_hand

    @property
    def dropped(self) -> int:
        """Rows that never will be."""
        return self._dropped

    @property
    def away(self) -> bool:
        """Whether the database did not take the last rows."""
        return self._away

    def add(self, record: CallRecord) -> None:
        """Never waits, never raises."""
        if self._queue.qsize() >= self._most:
            self._drop(1, "too many wait for the database")
            return
        self._put(entry(record, f"{getrandbits(128):032x}"))

    def recover(self) -> None:
        """Take over what killed processes left. Raises Unavailable, and then it stays."""
        taken = set[str]()
        for entries in self._journal.abandoned():
            for start in range(0, len(entries), BATCH):
                with self._database.read() as connection:
                    found = unbooked(connection, entries[start : start + BATCH])
                for one in found:
                    if one.id not in taken:
                        self._put(one)
                taken.update(one.id for one in found)

    def _put(self, one: Entry) -> None:
        with self._lock:
            self._journal.note(one)
        self._queue.put(one)
        if self._writer is None:
            self._start()

    def flush(self, timeout: float = FAREWELL) -> bool:
        """Whether all that was added before is written, or lost."""
        if self._writer is None:
            return True
        reached = Event()
        self._queue.put(reached)
        self._hurry.set()
        return reached.wait(timeout)

    def close(self) -> None:
        """Write what waits; the database has one more chance or two. What it does not take is
        left in the journal.
        """
        if self._writer is None:
            return
        self._over.set()
        self._hurry.set()
        self._queue.put(None)
        self._writer.join(FAREWELL)
        left = self._in_hand + sum(isinstance(one, Entry) for one in self._taken(self._most))
        with self._lock:
            noted = self._journal.close()
        if noted:
            log.warning("the ledger leaves %d calls to the next start", noted)
        if left > noted:
            self._drop(left - noted, "the relay stops")

    def _start(self) -> None:
        with self._lock:
            if self._writer is None:
                self._writer = Thread(target=self._write_all, name="ledger", daemon=True)
                self._writer.start()

    def _drop(self, rows: int, why: str) -> None:
        with self._lock:
            first = not self._dropped
            self._dropped += rows
        if first:
            log.error("calls are missing in the ledger from now on: %s", why)

    def _write_all(self) -> None:
        going = True
        while going:
            found = self._gathered()
            entries = [one for one in found if isinstance(one, Entry)]
            self._in_hand = len(entries)
            going = self._write(entries) and None not in found
            self._prune()
            for one in found:
                if isinstance(one, Event):
                    one.set()

    def _gathered(self) -> list[Entry | Event | None]:
        first = self._queue.get()
        if self._queue.qsize() < BATCH:
            self._hurry.wait(GATHER)
        self._hurry.clear()
        return [first, *self._taken(BATCH - 1)]

    def _taken(self, most: int) -> Iterator[Entry | Event | None]:
        for _ in range(most):
            try:
                yield self._queue.get_nowait()
            except Empty:
                return

    def _write(self, entries: Sequence[Entry], booked: Booking = book) -> bool:
        """However long it takes, unless the relay stops: then False, and they are lost. A row
        that cannot be written does not stop the others.
        """
        while entries:
            try:
                with self._database.begin() as connection:
                    booked(connection, entries)
            except Unavailable:
                self._tell(away=True)
                if self._over.wait(PAUSE) and booked is book_missing:
                    return False
                booked = book_missing  # for it may have failed after the commit
            except Exception as error:  # noqa: BLE001  whatever it is about, it is about a row
                return self._write_apart(entries, error)
            else:
                self._tell(away=False)
                break
        self._over_with(entries)
        return True

    def _write_apart(self, entries: Sequence[Entry], error: Exception) -> bool:
        """What nobody took may have been booked meanwhile, by a server that stood still."""
        if half := len(entries) // 2:
            parts = entries[:half], entries[half:]
            return all(self._write(part, book_missing) for part in parts)
        self._drop(1, type(error).__name__)
        self._over_with(entries)
        return True

    def _over_with(self, entries: Sequence[Entry]) -> None:
        self._in_hand -= len(entries)
        with self._lock:
            self._journal.done(entries)

    def _tell(self, *, away: bool) -> None:
        if away != self._away:
            self._away = away
            log.warning("the ledger %s", "waits for the database" if away else "goes on")

    def _prune(self) -> None:
        """The oldest rows, if nobody did it lately."""
        now = self._clock()
        if self._over.is_set() or now - self._pruned < PRUNING:
            return
        self._pruned = now
        try:
            self.recover()
            while not self._over.is_set() and self._has_pruned(now):
                pass
        except Unavailable:
            self._tell(away=True)
        except Exception:
            log.exception("old calls could not be removed")

    def _has_pruned(self, now: float) -> bool:
        """Whether there may be more."""
        old = select(calls.c.id).where(calls.c.at < (now - self._lasting) * 1000)
        some = old.limit(BATCH).with_for_update(skip_locked=True)
        # A call that is found in the journal may be priced by its own, which counts no more.
        expired = delete(reservations).where(reservations.c.until < (now - DAY) * 1000)
        with self._database.begin() as connection:
            connection.execute(expired)
            return connection.execute(delete(calls).where(calls.c.id.in_(some))).rowcount > 0
