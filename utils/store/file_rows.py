"""The tables of files, of what comes in parts, and of who has any."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
)

from utils.store.database import metadata

files = Table(
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
uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # announced
    Column("lasts", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("received", BigInteger, nullable=False),  # of all parts
    Column("file", Text),
)
parts = Table(
    "upload_parts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("upload", ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
)
owners = Table(
    "file_owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# A version is never used twice, also when its row was away: it begins with the time.
_CHANGED = text(
    "INSERT INTO file_owners (owner, version) VALUES (:owner, :first) ON CONFLICT (owner) "
    "DO UPDATE SET version = file_owners.version + :by RETURNING version"
)


def changed(connection: Connection, owner: str) -> int:
    """The new version of an owner's list of files. As `locked`."""
    return _version(connection, owner, 1)


def locked(connection: Connection, owner: str) -> None:
    """Whoever else would change what this owner has waits until the transaction is over."""
    _version(connection, owner, 0)


def _version(connection: Connection, owner: str, by: int) -> int:
    told = {"owner": owner, "first": int(time.time() * 1e6), "by": by}
    return int(connection.execute(_CHANGED, told).scalar_one())


def let_go(connection: Connection, left: Iterable[str]) -> None:
    """Of these owners, those who have nothing any more."""
    own = [table.c.owner == owners.c.owner for table in (files, uploads)]
    nothing = and_(*(~exists().where(condition) for condition in own))
    connection.execute(delete(owners).where(owners.c.owner.in_([*left]), nothing))


def visible(owner: str, now: int) -> ColumnElement[bool]:
    lasts = or_(files.c.expires.is_(None), files.c.expires > now)
    return and_(files.c.owner == owner, lasts)


def held(connection: Connection, owner: str, now: int) -> tuple[int, int]:
    """How many files an owner has, and how many bytes with those that are still to come."""
    kept = select(func.count(), func.coalesce(func.sum(files.c.size), 0))
    count, size = connection.execute(kept.where(visible(owner, now))).one()
    room = case((uploads.c.received > uploads.c.size, uploads.c.received), else_=uploads.c.size)
    coming = select(func.coalesce(func.sum(room), 0)).where(
        uploads.c.owner == owner, uploads.c.status == "pending", uploads.c.expires > now
    )
    return count, int(size) + int(connection.execute(coming).scalar_one())
