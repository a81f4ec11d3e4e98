from __future__ import annotations

import logging
import pkgutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

import utils.store
from tests.postgresql import PASSWORD, PostgreSQL
from utils.errors import InvalidRequest, Unavailable
from utils.store.database import Database, metadata

ADD = "INSERT INTO conversations (id, owner, length, body) VALUES (:id, '', 0, :body)"
SECRET = "what-somebody-said"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "made" / "when needed" / "relay.db"


@pytest.fixture
def sqlite(file: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{file}")) as database:
        yield database


def add(database: Database, id: str, body: str = SECRET) -> None:
    with database.begin() as connection:
        connection.execute(text(ADD), {"id": id, "body": body})


def count(database: Database) -> int:
    with database.read() as connection:
        rows = connection.execute(text("SELECT count(*) FROM conversations"))
        return int(rows.scalar_one())


def is_away(database: Database) -> bool:
    try:
        count(database)
    except Unavailable as error:
        return (error.code, error.retry_after) == ("database_unavailable", 5)
    return False


def test_migrations_make_what_the_stores_declare(database: Database) -> None:
    for module in pkgutil.iter_modules(utils.store.__path__, "utils.store."):
        if not module.ispkg:
            import_module(module.name)
    with database.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_transaction_is_undone_by_an_exception(database: Database, owner: str) -> None:
    before = count(database)

    def add_and_fail() -> None:
        with database.begin() as connection:
            connection.execute(text(ADD), {"id": owner, "body": ""})
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()
    assert count(database) == before


def test_a_failure_of_whoever_uses_it_is_not_the_databases(database: Database) -> None:
    with pytest.raises(FileNotFoundError), database.begin():
        Path("no-such-file").read_bytes()


def test_what_goes_with_a_row_is_deleted_with_it(database: Database, owner: str) -> None:
    add(database, owner)
    item = "INSERT INTO conversation_items VALUES (:id, 0, 'item', '')"
    with database.begin() as connection:
        connection.execute(text(item), {"id": owner})
        connection.execute(text("DELETE FROM conversations WHERE id = :id"), {"id": owner})
        left = "SELECT count(*) FROM conversation_items WHERE conversation = :id"
        assert connection.execute(text(left), {"id": owner}).scalar() == 0


def test_a_mistake_of_ours_is_not_taken_for_an_absence(database: Database, owner: str) -> None:
    """Whoever waits for a database that is away would try what is wrong for ever."""
    add(database, owner)
    with pytest.raises(IntegrityError):
        add(database, owner)
    with pytest.raises(DatabaseError), database.read() as connection:
        connection.execute(text("SELECT nonsense"))


@pytest.mark.fault(92)
def test_nor_is_a_sum_that_sqlite_cannot_hold(sqlite: Database) -> None:
    most = "SELECT sum(n) FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1)"
    with pytest.raises(OperationalError, match="overflow"), sqlite.read() as connection:
        connection.execute(text(most))


def test_an_empty_database_is_migrated_once_however_many_come_at_once(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    together = Barrier(6)

    def come(url: str) -> int:
        with closing(Database(url)) as database:
            together.wait()
            return count(database)

    for url in (f"sqlite:///{tmp_path}/relay.db", postgresql.create()):
        with ThreadPoolExecutor(6) as threads:
            assert [*threads.map(come, [url] * 6)] == [0] * 6


def test_a_database_of_a_newer_version_is_left_alone(
    sqlite: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(sqlite, "a")
    with sqlite.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with closing(Database(f"sqlite:///{file}")) as older:
        assert is_away(older)
    assert "newer version" in caplog.text
    assert count(sqlite) == 1


@pytest.mark.fault(92)
def test_a_locked_file_is_a_503_for_who_writes_until_it_is_free(
    sqlite: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.sqlite.BUSY", 20)
    add(sqlite, "a")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert count(sqlite) == 1
        with pytest.raises(Unavailable):
            add(sqlite, "b")
        other.rollback()
    add(sqlite, "b")
    assert count(sqlite) == 2


@pytest.mark.fault(92)
def test_a_removed_file_is_noticed_and_made_anew(sqlite: Database, file: Path) -> None:
    add(sqlite, "a")
    for part in file.parent.iterdir():
        part.unlink()
    assert is_away(sqlite)
    add(sqlite, "b")
    assert count(sqlite) == 1
    assert file.exists()


@pytest.mark.fault(92)
def test_a_file_of_another_kind_is_not_touched(sqlite: Database, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"what is this? " * 1000)
    assert is_away(sqlite)
    assert file.read_bytes() == b"what is this? " * 1000
    file.unlink()
    assert not is_away(sqlite)


@pytest.mark.fault(92)
def test_a_folder_that_cannot_be_made_is_a_503(sqlite: Database, tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file")
    assert is_away(sqlite)
    (tmp_path / "made").unlink()
    assert not is_away(sqlite)


@pytest.mark.fault(92)
def test_a_server_that_stops_is_a_503_until_it_is_back(postgresql: PostgreSQL) -> None:
    with closing(Database(postgresql.create())) as database:
        add(database, "a")
        postgresql.stop()
        assert is_away(database)
        with closing(Database(postgresql.url_of("relay_unseen"))) as another:
            assert is_away(another)
        postgresql.start()
        assert count(database) == 1


@pytest.mark.fault(92)
def test_a_database_that_was_dropped_is_made_anew(postgresql: PostgreSQL) -> None:
    url = postgresql.create()
    with closing(Database(url)) as database:
        add(database, "a")
        postgresql.drop(url)
        postgresql.create(url.rsplit("/", 1)[1])
        while is_away(database):
            pass
        assert count(database) == 0


def test_a_table_that_was_dropped_is_no_mistake_of_ours(postgresql: PostgreSQL) -> None:
    with closing(Database(postgresql.create())) as database:
        with database.begin() as connection:
            connection.execute(text("DROP TABLE conversations CASCADE"))
        assert is_away(database)
        with pytest.raises(ProgrammingError), database.begin() as connection:
            connection.execute(text("SELECT nonsense"))


def test_reading_sees_one_state_and_changes_none(postgresql: PostgreSQL) -> None:
    with closing(Database(postgresql.create())) as database:
        add(database, "a")
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
            add(database, "b")
            rows = connection.execute(text("SELECT count(*) FROM conversations"))
            assert rows.scalar() == 1


@pytest.mark.fault(92)
def test_whoever_stands_still_amid_a_transaction_does_not_hold_up_others_for_ever(
    postgresql: PostgreSQL,
) -> None:
    def stand_still(database: Database) -> None:
        with database.begin() as connection:
            most = text("SHOW idle_in_transaction_session_timeout")
            assert connection.execute(most).scalar() == "30s"
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
            time.sleep(0.2)
            connection.execute(text("SELECT 1"))

    with closing(Database(postgresql.create())) as database:
        with pytest.raises(Unavailable):
            stand_still(database)
        assert count(database) == 0


@pytest.mark.fault(79)
def test_what_no_database_can_hold_is_refused(postgresql: PostgreSQL) -> None:
    with closing(Database(postgresql.create())) as database, pytest.raises(InvalidRequest):
        add(database, "a\0b")


@pytest.mark.fault(80)
def test_no_password_and_no_value_is_told(
    postgresql: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    url, told = postgresql.create(), []
    with closing(Database(url)) as database:
        add(database, "a", SECRET)
        with pytest.raises(IntegrityError) as twice:
            add(database, "a", SECRET)
        told.append(str(twice.value))
        with pytest.raises(Unavailable), database.begin() as connection:
            connection.execute(
                text(f"DO $$ BEGIN RAISE '{SECRET}' USING ERRCODE = '57014'; END $$")
            )
        for broken in (
            url.replace(PASSWORD, f"{PASSWORD}-not"),
            url + "x",
            url.replace("127.0.0.1", "no-such-host.invalid"),
        ):
            with closing(Database(broken)) as away, pytest.raises(Unavailable) as refused:
                add(away, "b", SECRET)
            told.append(str(refused.value))
    told += [caplog.text, *(str(record.args) for record in caplog.records)]
    assert "the database did not answer" in caplog.text
    assert not any(secret in words for words in told for secret in (PASSWORD, SECRET))


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
