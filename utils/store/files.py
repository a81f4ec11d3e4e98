"""Which files each owner has; their bytes are in `contents`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from random import getrandbits
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from utils.domain import file_names
from utils.domain.chat import Inline
from utils.domain.stored_files import ID, NewFile, Page, StoredFile, Wanted
from utils.errors import NotFound
from utils.store.contents import Readable, Written
from utils.store.file_lists import FileLists
from utils.store.file_rows import changed, files, let_go, owners, visible
from utils.store.storage import MOST, Storage

LONGEST_NAME = 255  # characters
SHORT = 100  # files; the database has a page of as many sooner than Memcached a long list
UNKNOWN = "application/octet-stream"

Also = Callable[[Connection, StoredFile], object]
Forget = Callable[[str, str], object]  # of a content's SHA-256, and its owner

_shown = [files.c[name] for name in StoredFile.__slots__]


class FileStore:
    """Another owner's are answered like unknown ones, and so are those whose time is over.
    Shared by all threads.
    """

    def __init__(
        self, storage: Storage, lists: FileLists, forget: Forget = lambda sha256, owner: None
    ) -> None:
        """`forget` is told of every content that is deleted."""
        self._storage = storage
        self._database = storage.database
        self._lists = lists
        self._forget = forget

    def add(self, content: Readable, new: NewFile, owner: str) -> StoredFile:
        """Raises InvalidRequest for one too many, TooLarge, and Unavailable."""
        self._storage.tidy()
        with self._database.read() as connection:
            self._storage.check(connection, owner, more=1)  # before anything is written
        return self.keep(content, new, owner, lambda connection, file: None)

    def keep(self, content: Readable, new: NewFile, owner: str, also: Also) -> StoredFile:
        """`also` is done in the transaction that makes the file known. Raises as `add` does."""
        id = f"file-{made()}"
        with self._storage.writing(id, content) as (connection, written):
            version = changed(connection, owner)
            file = _described(id, new, written, self._storage.now)
            also(connection, file)
            row = {name: getattr(file, name) for name in StoredFile.__slots__}
            connection.execute(insert(files), row | {"owner": owner, "sha256": written.sha256})
            self._storage.check(connection, owner)
        self._lists.add(owner, version, file)
        return file

    def page(self, wanted: Wanted, owner: str) -> Page:
        if wanted.limit <= SHORT or wanted.after or wanted.ids is not None:
            return self._selected(wanted, owner)
        listed = [file for file in self._all(owner) if self._is_wanted(file, wanted)]
        ordered = listed[::-1] if wanted.newest_first else listed
        return Page(ordered[: wanted.limit], len(ordered) > wanted.limit)

    def get(self, id: str, owner: str) -> StoredFile:
        """Raises NotFound."""
        row = None
        if re.fullmatch(ID, id):
            query = select(*_shown).where(self._visible(owner), files.c.id == id)
            with self._database.read() as connection:
                row = connection.execute(query).first()
        if row is None:
            raise NotFound("No such file.", param="id")
        return _file(row)

    def content(self, file: StoredFile) -> BinaryIO:
        """For the caller to close. Raises NotFound."""
        if content := self._storage.contents.opened(file.id):
            return content
        raise NotFound("This file's content is missing.", param="id", code="content_missing")

    def delete(self, id: str, owner: str) -> None:
        """Raises NotFound. What has gone up to 1min.ai stays there: its API can delete
        conversations, but has nothing for assets (onemin-api.md 6).
        """
        self.get(id, owner)
        self._storage.contents.unsettle([id])
        with self._database.begin() as connection:
            version = changed(connection, owner)
            gone = delete(files).where(files.c.id == id).returning(files.c.sha256)
            contents = connection.scalars(gone).all()
            let_go(connection, [owner])
        self._storage.contents.remove([id])
        self._lists.remove(owner, version, id)
        for sha256 in contents:
            self._forget(sha256, owner)

    def find(self, id: str, owner: str) -> Inline | None:
        """What its owner attaches to a chat."""
        try:
            file = self.get(id, owner)
            with self.content(file) as content:
                return Inline(data=content.read(), name=file.name)
        except NotFound:
            return None

    def _all(self, owner: str) -> list[StoredFile]:
        """Oldest first. In the list there may be some that have expired."""
        version = select(owners.c.version).where(owners.c.owner == owner)
        with self._database.read() as connection:
            at = connection.execute(version).scalar()
        if at is not None and (listed := self._lists.get(owner, at)) is not None:
            return listed
        query = select(*_shown).where(self._visible(owner)).order_by(files.c.id).limit(MOST)
        with self._database.read() as connection:
            at = connection.execute(version).scalar()
            read = [_file(row) for row in connection.execute(query)]
        if at is not None:
            self._lists.put(owner, at, read)
        return read

    def _is_wanted(self, file: StoredFile, wanted: Wanted) -> bool:
        lasts = file.expires is None or file.expires > self._storage.now
        return lasts and wanted.purpose in ("", file.purpose)

    def _selected(self, wanted: Wanted, owner: str) -> Page:
        order = files.c.id.desc() if wanted.newest_first else files.c.id.asc()
        query = select(*_shown).where(self._visible(owner), *_conditions(wanted))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(order).limit(wanted.limit + 1)).all()
        return Page([_file(row) for row in rows[: wanted.limit]], len(rows) > wanted.limit)

    def _visible(self, owner: str) -> ColumnElement[bool]:
        return visible(owner, self._storage.now)


def made() -> str:
    """An id that nobody can guess; later ones are greater."""
    return f"{time.time_ns() // 1000:016x}{getrandbits(64):016x}"


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.after:
        older, newer = files.c.id < wanted.after, files.c.id > wanted.after
        conditions.append(older if wanted.newest_first else newer)
    if wanted.purpose:
        conditions.append(files.c.purpose == wanted.purpose)
    if wanted.ids is not None:
        conditions.append(files.c.id.in_(wanted.ids))
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
