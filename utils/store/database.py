"""What must not be lost: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError, TimeoutError

from utils.errors import Unavailable

log = logging.getLogger(__name__)

metadata = MetaData()  # each store declares its own tables in it, and a migration makes them

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x1313  # PostgreSQL's lock for it: several relays may start at once
WAITS = 5  # seconds, for a server's or a pooled connection
BUSY = 10_000  # milliseconds that SQLite waits for another writer

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY}",  # first, for the next may already have to wait
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
)


class Database:
    """Opened at its first use, and then brought to the form that this version knows. Shared by
    all threads; each process needs its own.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._engine: Engine | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction, undone by an exception. Raises Unavailable while the database is."""
        try:
            with self._opened().begin() as connection:
                yield connection
        except (OperationalError, InterfaceError, TimeoutError, OSError) as error:
            # Its own words quote values.
            log.error("the database did not answer: %s", type(error).__name__)
            raise _unavailable() from error

    def close(self) -> None:
        if self._engine:
            self._engine.dispose()

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                engine = _engine(self._url)
                try:
                    _migrate(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
            return self._engine


def _unavailable() -> Unavailable:
    return Unavailable(
        "The relay's database cannot be reached.", code="database_unavailable", retry_after=5
    )


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            pool_timeout=WAITS,
            hide_parameters=True,
            connect_args={"connect_timeout": WAITS},
        )
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, pool_timeout=WAITS)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """The driver's own transactions lose updates, so it makes none."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_writing(connection: Connection) -> None:
    """A transaction that begins by reading cannot be sure to write."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    """One process at a time. Raises Unavailable for a database of a newer version."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
        if _revision(connection) != _newest():
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    try:
        with connection.begin_nested():
            row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    except (OperationalError, ProgrammingError):  # there is no such table yet
        return None
    return row[0] if row else None


def _newest() -> str:
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def _upgrade(connection: Connection) -> None:
    from alembic import command  # here, for it is seldom needed and slow to load
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        log.error("the database was made by a newer version of the relay")
        raise _unavailable() from error
