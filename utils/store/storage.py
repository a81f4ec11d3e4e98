"""Room for files: where all bytes are, who may have how many, and what is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, select, union

from utils.errors import InvalidRequest, RelayError, TooLarge, Unavailable
from utils.store.contents import Contents, Readable, Written
from utils.store.database import Database
from utils.store.file_rows import files, held, let_go, parts, uploads

MOST = 10_000  # files an owner can have: what one page lists
EXPIRED_AT_ONCE = 100  # files; and uploads, and parts
SETTLING = 3600  # seconds; nobody takes as long to write a file and its row


class Storage:
    """Bytes are there before their row and go after it, so a crash leaves bytes without a row,
    but no row without bytes. Shared by all threads.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        most: int = 2**30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`most` is in bytes, for each owner."""
        self.database = database
        self.contents = Contents(folder)
        self._most = most
        self._clock = clock

    @property
    def now(self) -> int:
        return int(self._clock())

    @contextmanager
    def writing(self, id: str, content: Readable) -> Iterator[tuple[Connection, Written]]:
        """The transaction that makes these bytes known. If it is refused they go."""
        written = self.contents.write(id, content)
        try:
            with self.database.begin() as connection:
                yield connection, written
        except Unavailable:  # who knows whether it was committed: `tidy` will see
            raise
        except RelayError:
            self.contents.remove([id])
            raise
        self.contents.settle([id])

    def check(self, connection: Connection, owner: str, more: int = 0) -> None:
        """Whether an owner has too much, or would with `more` files of a byte each. Raises
        InvalidRequest, TooLarge.
        """
        count, size = held(connection, owner, self.now)
        if count + more > MOST:
            raise InvalidRequest(
                f"You have {MOST} files already. Delete some first.", code="too_many_files"
            )
        if size + more > self._most:
            raise TooLarge(
                f"Your files would take more than {self._most / 2**20:g} MiB, which is what "
                "this relay keeps for one key (MAX_STORAGE_MB). Delete some first.",
                code="storage_full",
            )

    def tidy(self) -> None:
        """Some of what has expired goes, and of what a crash left."""
        unsettled = self.contents.unsettled(self._clock() - SETTLING)
        with self.database.begin() as connection:
            settled = _known(connection, unsettled)
            expired = [*self._forget_files(connection), *self._forget_uploads(connection)]
        self.contents.settle(settled.difference(expired))
        self.contents.remove([*expired, *{*unsettled}.difference(settled)])

    def _forget_files(self, connection: Connection) -> list[str]:
        over = select(files.c.id, files.c.owner).where(files.c.expires <= self.now)
        rows = connection.execute(_some(over)).all()
        ids = [row.id for row in rows]
        if ids:
            self.contents.unsettle(ids)
            connection.execute(delete(files).where(files.c.id.in_(ids)))
            let_go(connection, {row.owner for row in rows})
        return ids

    def _forget_uploads(self, connection: Connection) -> list[str]:
        """Their parts, which may be many, and the uploads when those are gone."""
        over = uploads.c.expires <= self.now
        ids = [*connection.scalars(_some(select(parts.c.id).join(uploads).where(over)))]
        if ids:
            self.contents.unsettle(ids)
            connection.execute(delete(parts).where(parts.c.id.in_(ids)))
        empty = ~exists().where(parts.c.upload == uploads.c.id)
        rows = connection.execute(
            _some(select(uploads.c.id, uploads.c.owner).where(over, empty))
        ).all()
        if rows:
            gone = uploads.c.id.in_([row.id for row in rows])
            connection.execute(delete(uploads).where(gone))
            let_go(connection, {row.owner for row in rows})
        return ids


def _some(over: Select[Any]) -> Select[Any]:
    """What nobody else is tidying."""
    return over.limit(EXPIRED_AT_ONCE).with_for_update(skip_locked=True)


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    if not ids:
        return set()
    rows = [select(table.c.id).where(table.c.id.in_(ids)) for table in (files, parts)]
    return {*connection.scalars(union(*rows))}
