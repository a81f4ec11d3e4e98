"""Files that come in parts: for an hour, or until they are whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from utils.domain import file_names
from utils.domain.stored_files import NewFile, StoredFile
from utils.domain.uploads import ID, MOST_PARTS, Completion, NewUpload, Part, Status, Upload
from utils.errors import InvalidRequest, NotFound, TooLarge
from utils.store.contents import PIECE, Contents, Readable
from utils.store.file_rows import locked, parts, uploads
from utils.store.files import LONGEST_NAME, FileStore, made
from utils.store.storage import Storage

LASTING = 3600  # seconds, as OpenAI's
MOST = 1000  # uploads an owner can begin while they last
SPENDING = 2  # times its size that an upload's parts may have: a lost answer is asked for anew

_shown = [uploads.c[name] for name in Upload.__slots__ if name != "file"]


class UploadStore:
    """Another owner's are answered like unknown ones, and so are those whose hour is over.
    Shared by all threads.
    """

    def __init__(self, storage: Storage, files: FileStore, largest: int) -> None:
        """`largest` is in bytes, for a whole file."""
        self._storage = storage
        self._database = storage.database
        self._files = files
        self._largest = largest

    def create(self, new: NewUpload, owner: str) -> Upload:
        """Raises InvalidRequest for one too many, and TooLarge."""
        if new.size > self._largest:
            most = f"{self._largest / 2**20:g} MiB"
            raise TooLarge(
                f"bytes: no file may be larger than {most}.",
                param="bytes",
                code="file_too_large",
            )
        self._storage.tidy()
        upload = _begun(new, self._storage.now)
        row = {column.name: getattr(upload, column.name) for column in _shown}
        row |= {"owner": owner, "lasts": new.lasts, "received": 0}
        with self._database.begin() as connection:
            locked(connection, owner)
            _check_count(connection, owner)
            connection.execute(insert(uploads), row)
            self._storage.check(connection, owner)
        return upload

    def add(self, id: str, content: Readable, owner: str) -> Part:
        """Raises NotFound, InvalidRequest, TooLarge."""
        with self._database.read() as connection:
            self._pending(connection, id, owner)  # before anything is written
        part = f"part_{made()}"
        with self._storage.writing(part, content) as (connection, written):
            locked(connection, owner)
            _check_part(connection, self._pending(connection, id, owner), written.size)
            connection.execute(
                update(uploads)
                .where(uploads.c.id == id)
                .values(received=uploads.c.received + written.size)
            )
            connection.execute(insert(parts), {"id": part, "upload": id, "size": written.size})
            self._storage.check(connection, owner)
        return Part(part, id, self._storage.now)

    def complete(self, id: str, asked: Completion, owner: str) -> Upload:
        """With its file, which is there from then on. Raises as `add` does."""
        with self._database.read() as connection:
            row = self._pending(connection, id, owner)
            sizes = {part.id: part.size for part in _parts(connection, id)}
        _check_whole(asked, sizes, row.size)
        gone: list[str] = []

        def also(connection: Connection, file: StoredFile) -> None:
            gone.extend(self._end(connection, id, owner, "completed", file.id))

        new = NewFile(row.name, row.purpose, row.lasts)
        with closing(_Joined(self._storage.contents, asked)) as content:
            try:
                file = self._files.keep(content, new, owner, also)
            except NotFound:  # of a part's content: another request may have been quicker
                with self._database.read() as connection:
                    self._pending(connection, id, owner)
                raise
        self._storage.contents.remove(gone)
        return replace(_upload(row), status="completed", file=file)

    def cancel(self, id: str, owner: str) -> Upload:
        """Raises NotFound, InvalidRequest."""
        with self._database.begin() as connection:
            locked(connection, owner)
            row = self._pending(connection, id, owner)
            gone = self._end(connection, id, owner, "cancelled")
        self._storage.contents.remove(gone)
        return replace(_upload(row), status="cancelled")

    def _pending(self, connection: Connection, id: str, owner: str) -> Row[Any]:
        row = None
        if re.fullmatch(ID, id):
            own = select(uploads).where(uploads.c.id == id, uploads.c.owner == owner)
            lasting = own.where(uploads.c.expires > self._storage.now)
            row = connection.execute(lasting).first()
        if row is None:
            raise NotFound("No such upload, or its hour is over.", param="upload_id")
        if row.status != "pending":
            became = f" It is {row.file} now." if row.file else ""
            raise InvalidRequest(
                f"This upload is {row.status} already.{became}",
                param="upload_id",
                code=f"upload_{row.status}",
            )
        return row

    def _end(
        self, connection: Connection, id: str, owner: str, status: Status, file: str = ""
    ) -> list[str]:
        """Its parts, whose bytes are to go after the transaction."""
        self._pending(connection, id, owner)
        ended = update(uploads).where(uploads.c.id == id)
        connection.execute(ended.values(status=status, file=file or None))
        gone = [part.id for part in _parts(connection, id)]
        self._storage.contents.unsettle(gone)
        connection.execute(delete(parts).where(parts.c.upload == id))
        return gone


class _Joined:
    """All parts, one after the other. At their end it raises InvalidRequest, unless they are
    what was announced.
    """

    def __init__(self, contents: Contents, asked: Completion) -> None:
        self._contents = contents
        self._asked = asked
        self._pieces = self._read()

    def read(self, size: int) -> bytes:
        """A piece, which may be smaller."""
        return next(self._pieces, b"")

    def close(self) -> None:
        self._pieces.close()

    def _read(self) -> Generator[bytes]:
        digest = hashlib.md5(usedforsecurity=False)
        for name in self._asked.parts:
            part = self._contents.opened(name)
            if part is None:
                raise NotFound("A part's content is missing.", code="content_missing")
            with part:
                for piece in iter(partial(part.read, PIECE), b""):
                    digest.update(piece)
                    yield piece
        if self._asked.md5.lower() not in ("", digest.hexdigest()):
            raise InvalidRequest(
                "md5: these parts, in this order, have another",
                param="md5",
                code="checksum_mismatch",
            )


def _begun(new: NewUpload, now: int) -> Upload:
    return Upload(
        id=f"upload_{made()}",
        name=file_names.shown(new.name, LONGEST_NAME) or "unnamed",
        purpose=new.purpose,
        size=new.size,
        created=now,
        expires=now + LASTING,
        status="pending",
    )


def _check_count(connection: Connection, owner: str) -> None:
    count = select(func.count()).select_from(uploads).where(uploads.c.owner == owner)
    if connection.execute(count).scalar_one() >= MOST:
        raise InvalidRequest(
            f"You have begun {MOST} uploads within an hour. Send small files whole.",
            code="too_many_uploads",
        )


def _check_part(connection: Connection, upload: Row[Any], size: int) -> None:
    if upload.received + size > SPENDING * upload.size:
        raise TooLarge(
            f"data: with this part there would be more than {SPENDING} times the "
            f"{upload.size} bytes that were announced",
            param="data",
            code="file_too_large",
        )
    count = select(func.count()).select_from(parts).where(parts.c.upload == upload.id)
    if connection.execute(count).scalar_one() >= MOST_PARTS:
        raise InvalidRequest(
            f"An upload can have at most {MOST_PARTS} parts.",
            param="data",
            code="too_many_parts",
        )


def _check_whole(asked: Completion, sizes: dict[str, int], announced: int) -> None:
    for number, id in enumerate(asked.parts):
        place = f"part_ids[{number}]"
        if id not in sizes:
            raise NotFound(f"{place}: this upload has no such part", param=place)
        if id in asked.parts[:number]:
            raise InvalidRequest(f"{place}: this part is named twice", param=place)
    if (size := sum(sizes[id] for id in asked.parts)) != announced:
        raise InvalidRequest(
            f"part_ids: these parts have {size} bytes, but {announced} were announced",
            param="part_ids",
            code="size_mismatch",
        )


def _parts(connection: Connection, upload: str) -> Sequence[Row[Any]]:
    return connection.execute(select(parts).where(parts.c.upload == upload)).all()


def _upload(row: Row[Any]) -> Upload:
    return Upload(**{column.name: row._mapping[column] for column in _shown})
