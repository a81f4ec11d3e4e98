"""What must not be lost: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, make_url, text
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from utils.errors import InvalidRequest, Unavailable
from utils.store import sqlite

log = logging.getLogger(__name__)

metadata = MetaData()  # each store declares its own tables in it, and a migration makes them

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x1313  # PostgreSQL's lock for it: several relays may start at once
WAITS = 5  # seconds, for a pooled connection, or for whoever opens the database
BACK_OFF = 2  # seconds for which a server that stood still is left alone
NO_SUCH_TABLE, READ_ONLY, IDLE = "42P01", "25006", "25P03"  # in PostgreSQL's terms

_ALEMBIC = Lock()


class Database:
    """Opened at its first use, and then brought to the form that this version knows. Shared by
    all threads; each process needs its own. While a server stands still nobody waits for it but
    one at a time, who asks whether it goes on.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = make_url(url).render_as_string(hide_password=True)
        self._lock = Lock()
        self._engine: Engine | None = None
        self._still_until = 0.0

    def open(self) -> None:
        """Before anybody needs it, so that what is wrong is told early. Raises Unavailable."""
        with self.read():
            pass

    def begin(self) -> AbstractContextManager[Connection]:
        """One transaction, undone by an exception. Raises Unavailable while the database is."""
        return self._transaction(reading=False)

    def read(self) -> AbstractContextManager[Connection]:
        """One that must not write. In SQLite it neither waits for a writer nor holds one up."""
        return self._transaction(reading=True)

    @contextmanager
    def as_it_is(self) -> Iterator[Connection]:
        """A connection that brings it to no other form. Raises Unavailable."""
        engine = None
        try:
            engine = _engine(self._url)
            with engine.connect() as connection:
                yield connection
        except (DatabaseError, InterfaceError, OSError) as error:
            raise self._noted(error) from error
        finally:
            if engine:
                engine.dispose()

    def close(self) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
        if engine:
            engine.dispose()

    @contextmanager
    def _transaction(self, *, reading: bool) -> Iterator[Connection]:
        self._check()
        engine = None
        try:
            engine = self._opened()
            options = _options(engine, reading=reading)
            with engine.connect().execution_options(**options) as c, c.begin():
                self._still_until = 0.0
                yield c
        except DataError as error:
            raise InvalidRequest("The database cannot hold a value of this request.") from error
        except (DatabaseError, InterfaceError, PoolTimeout) as error:
            if not _is_away(error):
                raise
            if not _is_busy(error):
                self._forget(engine)
            raise self._noted(error) from error

    def _check(self) -> None:
        """Raises Unavailable for all but one while the server stands still."""
        if self._still_until:
            now = time.monotonic()
            if now < self._still_until:
                raise _unavailable()
            self._still_until = now + 2 * WAITS  # in which that one knows

    def _opened(self) -> Engine:
        """Raises Unavailable instead of queueing behind the attempts of others."""
        if engine := self._engine:
            return engine
        if not self._lock.acquire(timeout=WAITS):
            raise _unavailable()
        try:
            if self._engine is None:
                self._engine = _migrated(_engine(self._url))
            return self._engine
        except OSError as error:
            raise self._noted(error) from error
        finally:
            self._lock.release()

    def _noted(self, error: Exception) -> Unavailable:
        """What to raise. The database's own words are not logged, for they quote values; what
        it says where nobody is connected yet quotes none.
        """
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, TimeoutError):
            self._still_until = time.monotonic() + BACK_OFF
        name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
        reason = name or getattr(cause, "strerror", None)
        if not reason and self._engine is None:
            reason = " ".join(str(cause).split())[:300]
        told = type(cause).__name__, reason or "for reasons of its own", self._place
        log.error(
            "the database did not answer: %s, %s (DATABASE_URL, else DATA_DIR: %s)", *told
        )
        return _unavailable()

    def _forget(self, engine: Engine | None) -> None:
        """So that the next use looks again whether everything is there."""
        with self._lock:
            if engine and self._engine is engine:
                self._engine = None
                engine.dispose()


def _options(engine: Engine, *, reading: bool) -> dict[str, Any]:
    """What is read in one transaction belongs together: in SQLite always, else when asked."""
    if not reading or engine.dialect.name == "sqlite":
        return {"reading": reading}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _is_busy(error: Exception) -> bool:
    """Others write, or hold every connection: it is all there."""
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", None) or ""
    return isinstance(error, PoolTimeout) or name.startswith("SQLITE_BUSY")


def _is_away(error: Exception) -> bool:
    """Rather than asked for something senseless, which is a mistake of ours."""
    cause = getattr(error, "orig", None)
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return not (cause and sqlite.is_mistake(cause))
    state = getattr(cause, "sqlstate", None)
    return not isinstance(error, DatabaseError) or state in (NO_SUCH_TABLE, READ_ONLY, IDLE)


def _unavailable(why: str = "cannot be reached") -> Unavailable:
    message = f"The relay's database {why}."
    return Unavailable(message, code="database_unavailable", retry_after=5)


def _engine(url: str) -> Engine:
    pool = {"pool_size": 10, "max_overflow": 20, "pool_timeout": WAITS}
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite.engine(url, pool)
    from utils.store import postgresql  # here, for SQLite needs none of what it loads

    return postgresql.engine(url, pool)


def _migrated(engine: Engine) -> Engine:
    """One process at a time. Raises Unavailable for a database of a newer version."""
    try:
        with engine.connect().execution_options(reading=True) as connection:
            if revision(connection) == newest():
                return engine
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
            if revision(connection) != newest():
                _upgrade(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def revision(connection: Connection) -> str | None:
    """The form it is in, None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def newest() -> str:
    """The form that this version knows."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def _upgrade(connection: Connection) -> None:
    """One at a time, for alembic keeps in a module what it is working on."""
    from alembic import command  # here, for it is seldom needed and slow to load
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        with _ALEMBIC:
            command.upgrade(config, "head")
    except CommandError as error:
        log.error("the database was made by a newer version of the relay")
        raise _unavailable("was made by a newer version of it") from error
