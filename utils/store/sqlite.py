"""SQLite, in a file that others may lock, remove or fill."""

from __future__ import annotations

import time
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import OperationalError as SQLiteError
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

PAUSE = 0.02  # seconds between two tries of what others are about to do
BUSY = 10_000  # milliseconds that a writer waits for another

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what somebody deletes is not to be read from the file
    f"journal_size_limit={16 * 2**20}",  # what a long reader made of it is given back
)


def engine(url: str, pool: dict[str, Any]) -> Engine:
    """Raises OSError for a place where no file can be."""
    file = Path(make_url(url).database or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)  # what SQLite makes beside it takes after it
    made = create_engine(url, hide_parameters=True, **pool)

    def prepare(connection: Any, record: Any) -> None:
        """The driver's own transactions lose updates, so it makes none."""
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY}", *_PRAGMAS):
            _set(connection, pragma)
        record.info["file"] = _identity(file)

    def check(_connection: object, record: Any, _proxy: object) -> None:
        """A file that was removed can be written to still, and nobody will read it."""
        if record.info["file"] != _identity(file):
            raise DisconnectionError

    event.listen(made, "connect", prepare)
    event.listen(made, "checkout", check)
    event.listen(made, "begin", _begin)
    return made


def is_mistake(error: BaseException) -> bool:
    """Of whoever asked: SQLite's word for that is the same as for a file that was replaced."""
    name = getattr(error, "sqlite_errorname", None)
    return name == "SQLITE_ERROR" and "no such table" not in str(error)


def _set(connection: Any, pragma: str) -> None:
    """For the change to WAL nobody waits by himself: others may make it at the same moment."""
    until = time.monotonic() + BUSY / 1000
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").close()
        except SQLiteError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        else:
            return


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    """A transaction that begins by reading cannot be sure to write."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
