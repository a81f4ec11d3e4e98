"""A PostgreSQL that stands still: its system still acknowledges what it is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text

from tests.postgresql import PostgreSQL
from utils.errors import Unavailable
from utils.store.database import Database

pytestmark = pytest.mark.fault(92)


@pytest.fixture
def database(postgresql: PostgreSQL) -> Iterator[Database]:
    with closing(Database(postgresql.create())) as database:
        with database.begin() as connection:
            connection.execute(text("INSERT INTO conversations VALUES ('a', '', 0, '')"))
        yield database


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.store.database.BACK_OFF", 0.1)
    monkeypatch.setattr("utils.store.postgresql.PROMPT", 0.2)
    monkeypatch.setattr("utils.store.postgresql.CONNECTING", 2)
    monkeypatch.setattr("utils.store.postgresql.SLOW", 200)


@contextmanager
def paused(server: PostgreSQL) -> Iterator[None]:
    server.pause()
    try:
        yield
    finally:
        server.resume()


def is_away(database: Database) -> bool:
    try:
        database.open()
    except Unavailable:
        return True
    return False


def is_whole(database: Database) -> bool:
    """At the latest when it was left alone for long enough."""
    deadline = time.monotonic() + 20
    while is_away(database):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with database.read() as connection:
        return connection.execute(text("SELECT count(*) FROM conversations")).scalar() == 1


def test_a_transaction_is_not_held_for_longer_than_a_statement_may_take(
    postgresql: PostgreSQL, database: Database
) -> None:
    def begun() -> None:
        with database.begin() as connection:
            connection.execute(text("DELETE FROM conversations"))
            with paused(postgresql):
                connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        begun()
    assert is_whole(database)


@pytest.mark.long
def test_nobody_waits_but_one_at_a_time_who_asks_whether_it_goes_on(
    postgresql: PostgreSQL, database: Database
) -> None:
    """That takes the 0.2 seconds of a ping, and the two that a new connection may take."""
    with ThreadPoolExecutor(20) as threads, paused(postgresql):
        began = time.monotonic()
        assert all(threads.map(is_away, [database] * 500))
        assert time.monotonic() - began < 15  # it would be minutes, if each waited
    assert is_whole(database)
