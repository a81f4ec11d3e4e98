"""Keys that the relay itself gives out. Of their secrets it keeps only hashes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Integer,
    Row,
    Table,
    Text,
    insert,
    or_,
    select,
    true,
    update,
)

from utils.domain.callers import SCOPES, Grant
from utils.domain.keys import PREFIX, RelayKey
from utils.domain.paging import Paging
from utils.errors import Conflict, InvalidRequest, NotFound
from utils.store.database import Database, metadata
from utils.store.pages import page

LIMITS = ("requests", "tokens", "concurrency", "monthly_tokens", "monthly_credits")

keys = Table(
    "keys",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
    Column("scopes", Text, nullable=False),  # of these two, JSON
    Column("models", Text, nullable=False),
    *(Column(name, BigInteger) for name in LIMITS[:-1]),
    Column(LIMITS[-1], Double),
)


class KeyStore:
    """Rows are never deleted: who used a key is known also after its end. Methods that take an
    id raise NotFound for one that nobody has. Shared by all threads.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, name: str, grant: Grant, expires: int | None = None
    ) -> tuple[RelayKey, str]:
        """The key, and its secret, which nobody can tell later. Raises InvalidRequest."""
        now, secret = int(self._clock()), _secret()
        if expires is not None and expires <= now:
            raise InvalidRequest("expires_at: is in the past", param="expires_at")
        key = RelayKey(
            id=f"key_{secrets.token_hex(12)}",
            name=name,
            owner=secrets.token_hex(32),
            created=now,
            expires=expires,
            grant=grant,
        )
        with self._database.begin() as connection:
            connection.execute(insert(keys), _row(key) | {"sha256": hash_of(secret)})
        return key, secret

    def page(self, wanted: Paging) -> tuple[list[RelayKey], bool]:
        """And whether there are more."""
        with self._database.read() as connection:
            rows, more = page(connection, keys, true(), wanted)
        return [_key(row) for row in rows], more

    def find(self, id: str) -> RelayKey:
        with self._database.read() as connection:
            return _found(connection, id)

    def update(self, id: str, changed: Callable[[RelayKey], RelayKey]) -> RelayKey:
        with self._database.begin() as connection:
            key = changed(_found(connection, id, locked=True))
            connection.execute(update(keys).where(keys.c.id == id).values(_row(key)))
        return key

    def revoke(self, id: str) -> RelayKey:
        """For good."""
        now = int(self._clock())
        return self.update(
            id, lambda key: key if key.revoked is not None else replace(key, revoked=now)
        )

    def rotate(self, id: str) -> tuple[RelayKey, str]:
        """The key with another secret; the one before is worth nothing any more. Raises
        Conflict for one that was revoked.
        """
        secret = _secret()
        with self._database.begin() as connection:
            key = _found(connection, id, locked=True)
            if key.revoked is not None:
                raise Conflict(f"The key {id!r} was revoked.")
            new = update(keys).where(keys.c.id == id).values(sha256=hash_of(secret))
            connection.execute(new)
        return key, secret

    def holding(self, hash: str, id: str = "") -> tuple[RelayKey, bool] | None:
        """The key of this hash, or else of this id; and whether the hash is its own."""
        asked = select(keys).where(or_(keys.c.sha256 == hash, keys.c.id == id))
        with self._database.read() as connection:
            row = connection.execute(asked).first()
        return (_key(row), row.sha256 == hash) if row else None


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _found(connection: Connection, id: str, *, locked: bool = False) -> RelayKey:
    asked = select(keys).where(keys.c.id == id)
    row = connection.execute(asked.with_for_update() if locked else asked).first()
    if row is None:
        raise NotFound(f"No key found with id {id[:100]!r}.", param="key_id")
    return _key(row)


def _row(key: RelayKey) -> dict[str, Any]:
    grant = key.grant
    return {
        **{name: getattr(key, name) for name in _OWN},
        "scopes": orjson.dumps(sorted(grant.scopes)).decode(),
        "models": orjson.dumps(grant.models).decode(),
        **{name: getattr(grant, name) for name in LIMITS},
    }


def _key(row: Row[Any]) -> RelayKey:
    """A scope that this version does not know counts for nothing."""
    grant = Grant(
        scopes=SCOPES & {*orjson.loads(row.scopes)},
        models=tuple(orjson.loads(row.models)),
        **{name: getattr(row, name) for name in LIMITS},
    )
    return RelayKey(**{name: getattr(row, name) for name in _OWN}, grant=grant)


_OWN = tuple(field.name for field in fields(RelayKey) if field.name != "grant")
