from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, func, select

from tests.eventual import eventually
from tests.ledger.records import NOVEMBER, call, rows
from tests.postgresql import PostgreSQL
from tests.store.keeping import Clock
from utils.domain.chat import Usage
from utils.errors import Unavailable
from utils.store.calls import book, book_missing, calls, entry
from utils.store.database import Database
from utils.store.journal import Journal
from utils.store.ledger import Ledger

CENTURY = 36500
WAIT = 20  # seconds, for what takes a fraction of one


@contextmanager
def ledger_of(
    database: Database, *, days: int = CENTURY, most: int = 20_000
) -> Iterator[Ledger]:
    with TemporaryDirectory() as folder:
        ledger = Ledger(database, Journal(Path(folder)), days, most=most)
        yield ledger
        ledger.close()


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_of(database) as ledger:
        yield ledger


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.store.ledger.PAUSE", 0.01)
    monkeypatch.setattr("utils.store.sqlite.BUSY", 10)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "relay.db"


@pytest.fixture
def sqlite(file: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{file}")) as database:
        yield database


def test_a_row_says_all_there_is_to_say(database: Database, ledger: Ledger, owner: str) -> None:
    usage = Usage(10, 5, "estimated", 4.5, approximate=True)
    ledger.add(call(owner, key_id="key_1", backend="ollama", usage=usage, error="timeout"))
    assert ledger.flush(WAIT)
    [row] = rows(database, owner)
    assert len(row.pop("id")) == 32
    assert row.pop("number") > 0
    assert row == {
        "at": NOVEMBER * 1000,
        "owner": owner,
        "key_id": "key_1",
        "request_id": "req_1",
        "endpoint": "/v1/chat/completions",
        "dialect": "openai",
        "model": "gpt-4o-mini",
        "backend": "ollama",
        "input_tokens": 10,
        "output_tokens": 5,
        "source": "estimated",
        "credits": 4.5,
        "approximate": True,
        "status": 200,
        "error": "timeout",
        "seconds": 1.5,
        "first_byte": 0.5,
    }


def test_each_call_of_many_threads_is_one_row(
    database: Database, ledger: Ledger, owner: str
) -> None:
    with ThreadPoolExecutor(16) as threads:
        records = (call(owner, request_id=f"req_{n}") for n in range(2000))
        assert not any(threads.map(ledger.add, records))
    assert ledger.flush(WAIT)
    assert len({row["request_id"] for row in rows(database, owner)}) == 2000
    [month] = rows(database, owner, "months")
    assert month == {
        "owner": owner,
        "month": "2026-11",
        "calls": 2000,
        "failed": 0,
        "input_tokens": 20_000,
        "output_tokens": 10_000,
        "credits": 9000,
        "approximate": 0,
    }
    assert (ledger.waiting, ledger.dropped) == (0, 0)


def test_a_batch_that_is_written_again_is_there_once(database: Database, owner: str) -> None:
    entries = [entry(call(owner), f"{owner}{n}") for n in range(3)]
    with database.begin() as connection:
        book(connection, entries[:2])
    for _ in range(2):
        with database.begin() as connection:
            book_missing(connection, entries)
    assert len(rows(database, owner)) == 3
    [month] = rows(database, owner, "months")
    assert month["calls"] == 3


class Doubtful(Database):
    """Whose connection breaks once, right after a commit."""

    broken = False

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with super().begin() as connection:
            yield connection
        if not self.broken:
            self.broken = True
            raise Unavailable("Nobody knows.")


@pytest.mark.usefixtures("impatient")
def test_a_row_is_written_once_where_nobody_knows_whether_it_was(url: str, owner: str) -> None:
    with closing(Doubtful(url)) as database:
        with ledger_of(database) as ledger:
            for _ in range(20):
                ledger.add(call(owner))
        assert (database.broken, ledger.dropped) == (True, 0)
        assert len(rows(database, owner)) == 20
        [month] = rows(database, owner, "months")
        assert month["calls"] == 20


def test_calls_count_for_the_month_in_which_they_began(
    database: Database, ledger: Ledger, owner: str
) -> None:
    for at in (NOVEMBER, 1_796_083_199.999, 1_796_083_200.0):
        ledger.add(call(owner, at=at))
    assert ledger.flush(WAIT)
    found = {row["month"]: row["calls"] for row in rows(database, owner, "months")}
    assert found == {"2026-11": 2, "2026-12": 1}


def test_a_row_that_cannot_be_written_does_not_stop_the_others(
    database: Database, ledger: Ledger, owner: str, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(40):
        ledger.add(call(owner, status=10**30 if n in (7, 30) else 200))
    ledger.add(call(owner, model="\ud800\0" + "x" * 1000))
    assert ledger.flush(WAIT)
    assert len(rows(database, owner)) == 39
    assert (ledger.dropped, ledger.waiting) == (2, 0)
    assert caplog.text.count("calls are missing") == 1


def test_no_call_is_too_much_for_a_sum(database: Database, ledger: Ledger, owner: str) -> None:
    for number, credits in ((10**23, inf), (9 * 10**18, 1e300), (-(10**23), nan)):
        ledger.add(call(owner, usage=Usage(number, number, "upstream", credits)))
    assert ledger.flush(WAIT)
    found = [(row["input_tokens"], row["credits"]) for row in rows(database, owner)]
    assert sorted(found, key=str) == [(0, None), (10**12, 1e15), (10**12, 1e15)]
    [month] = rows(database, owner, "months")
    assert (month["output_tokens"], month["credits"]) == (2 * 10**12, 2e15)
    with database.read() as connection:
        assert connection.scalar(select(func.sum(calls.c.input_tokens))) >= 2 * 10**12
    assert ledger.dropped == 0


@pytest.mark.usefixtures("impatient")
def test_rows_wait_while_another_process_holds_the_file(
    sqlite: Database, file: Path, owner: str, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite.open()
    with closing(sqlite3.connect(file)) as other, ledger_of(sqlite) as ledger:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(20):
            ledger.add(call(owner))
        assert not ledger.flush(0.3)
        assert ledger.waiting >= 20
        assert (ledger.dropped, ledger.away) == (0, True)
        other.rollback()
        assert ledger.flush(WAIT)
        assert not ledger.away
    assert len(rows(sqlite, owner)) == 20
    assert caplog.text.count("the ledger waits for the database") == 1


@pytest.mark.usefixtures("impatient")
def test_over_the_bound_the_newest_are_lost_and_counted(
    sqlite: Database, file: Path, owner: str
) -> None:
    sqlite.open()
    with closing(sqlite3.connect(file)) as other, ledger_of(sqlite, most=30) as ledger:
        other.execute("BEGIN IMMEDIATE")
        ledger.add(call(owner, request_id="the first"))
        assert not ledger.flush(0.3)
        for _ in range(100):
            ledger.add(call(owner))
        dropped = ledger.dropped
        other.rollback()
        assert ledger.flush(WAIT)
    assert dropped >= 70
    found = rows(sqlite, owner)
    assert len(found) + dropped == 101
    assert found[0]["request_id"] == "the first"


@pytest.mark.usefixtures("impatient")
def test_rows_wait_for_a_database_that_is_gone_or_replaced(
    sqlite: Database, file: Path, owner: str
) -> None:
    sqlite.open()
    with ledger_of(sqlite) as ledger:
        for part in file.parent.iterdir():
            part.unlink()
        file.write_text("this is no database" * 100)
        ledger.add(call(owner))
        assert not ledger.flush(0.3)
        file.unlink()
        assert ledger.flush(WAIT)
    assert len(rows(sqlite, owner)) == 1


@pytest.mark.usefixtures("impatient")
def test_rows_wait_while_a_database_is_read_only(postgresql: PostgreSQL, owner: str) -> None:
    url = postgresql.create()
    alter = f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET default_transaction_read_only"
    with closing(Database(url)) as first:
        first.open()
    postgresql.execute(f"{alter} = on")
    with closing(Database(url)) as database, ledger_of(database) as ledger:
        ledger.add(call(owner))
        assert not ledger.flush(0.3)
        assert eventually(lambda: ledger.away)
        assert ledger.dropped == 0
        postgresql.execute(f"{alter} = off")
        assert ledger.flush(WAIT)
        assert len(rows(database, owner)) == 1


def test_a_stopping_relay_writes_what_waits(database: Database, owner: str) -> None:
    with ledger_of(database) as ledger:
        for _ in range(1200):
            ledger.add(call(owner))
    assert len(rows(database, owner)) == 1200


@pytest.mark.usefixtures("impatient")
def test_a_relay_that_stops_without_its_database_leaves_its_calls_to_the_next(
    sqlite: Database, file: Path, owner: str, tmp_path: Path
) -> None:
    sqlite.open()
    journal = Journal(tmp_path / "ledger")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger = Ledger(sqlite, journal, CENTURY)
        for _ in range(700):
            ledger.add(call(owner))
        ledger.close()
    assert (ledger.dropped, len(rows(sqlite, owner))) == (0, 0)
    following = Ledger(sqlite, journal, CENTURY)
    following.recover()
    following.close()
    assert len(rows(sqlite, owner)) == 700


def test_old_rows_go_and_their_months_stay(
    database: Database, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.ledger.BATCH", 50)
    clock = Clock()
    with ledger_of(database) as ledger:
        for age in (*range(120), 500):
            ledger.add(call(owner, at=clock() - 86400 * age))
        assert ledger.flush(WAIT)
    with ledger_of(database, days=100) as ledger:
        ledger.add(call(owner, at=clock()))
        assert ledger.flush(WAIT)
    assert len(rows(database, owner)) == 101
    assert sum(row["calls"] for row in rows(database, owner, "months")) == 122
