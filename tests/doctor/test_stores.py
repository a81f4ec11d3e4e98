"""What `flask doctor` tells of what the relay remembers by."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.doctor.conftest import Doctor
from tests.memcached import Memcached
from tests.postgresql import PASSWORD, PostgreSQL
from utils.store import trials
from utils.store.database import Database


@pytest.fixture(autouse=True)
def away(settings: dict[str, str]) -> None:
    """Nobody else is there to be asked."""
    settings["ONE_MIN_BASE_URL"] = settings["ONE_MIN_ASSET_URL"] = "http://127.0.0.1:9"


def made(folder: Path) -> Path:
    """A database in today's form."""
    file = folder / "data" / "relay.db"
    with closing(Database(f"sqlite:///{file}")) as database:
        database.open()
    return file


def tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as database:
        return {name for [name] in database.execute("SELECT name FROM sqlite_master")}


def test_memcached_is_tried(doctor: Doctor, memcached: Memcached) -> None:
    there = {"MEMCACHED_HOST": "127.0.0.1", "MEMCACHED_PORT": str(memcached.port)}
    assert "sets, gets, adds and counts" in doctor("--free", **there).said("memcached")
    memcached.stop()
    told = doctor("--free", **there)
    assert told.status("memcached") == "failed"
    assert "MEMCACHED_HOST" in told.said("memcached")


def test_a_database_is_tried_and_left_as_it_was(doctor: Doctor, tmp_path: Path) -> None:
    assert "at its first use" in doctor("--free").said("database")
    assert not (tmp_path / "data" / "relay.db").exists()
    file = made(tmp_path)
    before = tables(file)
    told = doctor("--free")
    assert "can be read and written" in told.said("database")
    assert tables(file) == before


def test_a_database_of_an_older_relay_is_told_and_stays_one(
    doctor: Doctor, tmp_path: Path
) -> None:
    file = made(tmp_path)
    for form, status in (("0001", "warning"), ("9999", "failed")):
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("UPDATE alembic_version SET version_num = ?", [form])
        told = doctor("--free")
        assert told.status("database") == status
        assert form in told.said("database")
        assert trials.database(f"sqlite:///{file}").revision == form


def test_a_file_that_is_no_database_is_told(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "relay.db").write_bytes(b"not a database" * 100)
    told = doctor("--free")
    assert told.status("database") == "failed"
    assert "SQLITE_NOTADB" in told.said("database")


def test_a_postgresql_that_is_away_is_told_without_its_password(doctor: Doctor) -> None:
    told = doctor("--free", DATABASE_URL="postgresql://relay:its-password@127.0.0.1:9/relay")
    assert told.status("database") == "failed"
    assert "DATABASE_URL" in told.said("database")
    assert "refused" in told.said("database")
    assert "its-password" not in told.text


@pytest.mark.long
def test_a_postgresql_is_tried(doctor: Doctor, postgresql: PostgreSQL) -> None:
    url = postgresql.create().replace("+psycopg", "")
    assert "in the form none" in doctor("--free", DATABASE_URL=url).said("database")
    with closing(Database(url.replace("://", "+psycopg://"))) as database:
        database.open()
    told = doctor("--free", DATABASE_URL=url)
    assert told.status("database") == "ok"
    assert PASSWORD not in told.text
