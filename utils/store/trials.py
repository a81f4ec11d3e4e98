"""Memcached and the database, tried: whether they do as told. Nothing stays."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import getrandbits

from sqlalchemy import make_url, text

from utils.store.database import Database, newest, revision
from utils.store.memcached import Server

LASTING = 60  # seconds, of what a trial leaves if it breaks off


@dataclass(frozen=True, slots=True)
class MemcachedTrial:
    """`wrong` is what it did not do as told; `seconds` are for each question."""

    wrong: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class DatabaseTrial:
    """`revision` is its form, "" where it has no tables yet; `newest` the one that this version
    knows; `folder` where a file of its own is.
    """

    kind: str
    exists: bool
    revision: str
    newest: str
    folder: Path | None


def memcached(host: str, port: int) -> MemcachedTrial:
    """Raises Unavailable."""
    server, name = Server(host, port), f"relay:doctor:{getrandbits(64):016x}"
    questions = {
        "set": (f"set {name} 0 {LASTING} 1\r\n5", "STORED"),
        "add": (f"add {name} 0 {LASTING} 1\r\n6", "NOT_STORED"),
        "incr": (f"incr {name} 1", "6"),
    }
    try:
        server.lines([f"delete {name}"])  # so that connecting does not count
        began = time.monotonic()
        told = {what: server.lines([line])[0] for what, (line, _) in questions.items()}
        got = server.ask(lambda client: client.get(name))
        seconds = (time.monotonic() - began) / (len(questions) + 1)
        server.lines([f"delete {name}"])
    finally:
        server.close()
    wrong = [what for what, (_, expected) in questions.items() if told[what] != expected]
    return MemcachedTrial((*wrong, *([] if got == b"6" else ["get"])), seconds)


def database(url: str) -> DatabaseTrial:
    """Without bringing it to this version's form. Raises Unavailable."""
    place = make_url(url)
    file = Path(place.database or "") if place.get_backend_name() == "sqlite" else None
    kind = "SQLite" if file else "PostgreSQL"
    if file and not file.exists():
        return DatabaseTrial(kind, False, "", "", file.parent)
    with Database(url).as_it_is() as connection, connection.begin() as transaction:
        form = revision(connection) or ""
        table = f"doctor_{getrandbits(64):016x}"
        connection.execute(text(f"CREATE TABLE {table} (number INTEGER)"))
        connection.execute(text(f"INSERT INTO {table} VALUES (1)"))
        transaction.rollback()
    return DatabaseTrial(kind, True, form, newest(), file and file.parent)
