"""Which files each owner has; their bytes are in `contents`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from random import getrandbits
from typing import IO, Any, BinaryIO

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Row,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
)

from utils.domain import file_names
from utils.domain.chat import Inline
from utils.domain.owner import owner as owner_of
from utils.domain.stored_files import ID, NewFile, Page, StoredFile, Wanted
from utils.errors import InvalidRequest, NotFound
from utils.store.contents import Contents, Written
from utils.store.database import Database, metadata

LONGEST_NAME = 255  # characters
MOST = 10_000  # files an owner can have: what one page lists
EXPIRED_AT_ONCE = 100  # files
SETTLING = 3600  # seconds; nobody takes as long to write a file and its row
UNKNOWN = "application/octet-stream"

_files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, index=True),
    Index("ix_files_owner_id", "owner", "id"),
)
_shown = [_files.c[name] for name in StoredFile.__slots__]


class FileStore:
    """Another owner's are answered like unknown ones, and so are those whose time is over.

    Bytes are there before their row and go after it, so a crash leaves bytes without a row, but
    no row without bytes. Shared by all threads.
    """

    def __init__(
        self, database: Database, folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._contents = Contents(folder)
        self._clock = clock

    def add(self, content: IO[bytes], new: NewFile, owner: str) -> StoredFile:
        """Raises InvalidRequest for one too many, and Unavailable."""
        self._tidy()
        self._check_room(owner)
        now = self._clock()
        id = f"file-{int(now * 1e6):016x}{getrandbits(64):016x}"
        written = self._contents.write(id, content)
        file = _described(id, new, written, int(now))
        row = {name: getattr(file, name) for name in StoredFile.__slots__}
        with self._database.begin() as connection:
            connection.execute(insert(_files).values(**row, owner=owner, sha256=written.sha256))
        self._contents.settle([id])
        return file

    def page(self, wanted: Wanted, owner: str) -> Page:
        order = _files.c.id.desc() if wanted.newest_first else _files.c.id.asc()
        query = select(*_shown).where(self._visible(owner), *_conditions(wanted))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(order).limit(wanted.limit + 1)).all()
        return Page([_file(row) for row in rows[: wanted.limit]], len(rows) > wanted.limit)

    def get(self, id: str, owner: str) -> StoredFile:
        """Raises NotFound."""
        row = None
        if re.fullmatch(ID, id):
            query = select(*_shown).where(self._visible(owner), _files.c.id == id)
            with self._database.read() as connection:
                row = connection.execute(query).first()
        if row is None:
            raise NotFound("No such file.", param="id")
        return _file(row)

    def content(self, file: StoredFile) -> BinaryIO:
        """For the caller to close. Raises NotFound."""
        if content := self._contents.opened(file.id):
            return content
        raise NotFound("This file's content is missing.", param="id", code="content_missing")

    def delete(self, id: str, owner: str) -> None:
        """Raises NotFound."""
        self.get(id, owner)
        self._contents.unsettle([id])
        with self._database.begin() as connection:
            connection.execute(delete(_files).where(_files.c.id == id))
        self._contents.remove([id])

    def find(self, id: str, key: str) -> Inline | None:
        """What the holder of this key attaches to a chat."""
        try:
            file = self.get(id, owner_of(key))
            with self.content(file) as content:
                return Inline(data=content.read(), name=file.name)
        except NotFound:
            return None

    def _visible(self, owner: str) -> ColumnElement[bool]:
        lasts = or_(_files.c.expires.is_(None), _files.c.expires > int(self._clock()))
        return and_(_files.c.owner == owner, lasts)

    def _check_room(self, owner: str) -> None:
        count = select(func.count()).select_from(_files).where(_files.c.owner == owner)
        with self._database.read() as connection:
            if connection.execute(count).scalar_one() >= MOST:
                raise InvalidRequest(
                    f"You have {MOST} files already. Delete some first.", code="too_many_files"
                )

    def _tidy(self) -> None:
        """Some of what has expired goes, and of what a crash left."""
        unsettled = self._contents.unsettled(self._clock() - SETTLING)
        with self._database.begin() as connection:
            known = select(_files.c.id).where(_files.c.id.in_(unsettled))
            settled = {*connection.scalars(known)} if unsettled else set()
            expired = self._forget_expired(connection)
        self._contents.settle(settled.difference(expired))
        self._contents.remove([*expired, *{*unsettled}.difference(settled)])

    def _forget_expired(self, connection: Connection) -> list[str]:
        over = select(_files.c.id).where(_files.c.expires <= int(self._clock()))
        ids = [*connection.scalars(over.limit(EXPIRED_AT_ONCE))]
        if ids:
            self._contents.unsettle(ids)
            connection.execute(delete(_files).where(_files.c.id.in_(ids)))
        return ids


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.after:
        older, newer = _files.c.id < wanted.after, _files.c.id > wanted.after
        conditions.append(older if wanted.newest_first else newer)
    if wanted.purpose:
        conditions.append(_files.c.purpose == wanted.purpose)
    if wanted.ids is not None:
        conditions.append(_files.c.id.in_(wanted.ids))
    return conditions


def _described(id: str, new: NewFile, written: Written, now: int) -> StoredFile:
    kind = written.type
    nameless = f"unnamed.{kind.extension}" if kind else "unnamed"
    return StoredFile(
        id=id,
        name=file_names.shown(new.name, LONGEST_NAME) or nameless,
        purpose=new.purpose,
        size=written.size,
        media_type=kind.media_type if kind else UNKNOWN,
        created=now,
        expires=None if new.lasts is None else now + new.lasts,
    )


def _file(row: Row[Any]) -> StoredFile:
    return StoredFile(**row._mapping)
