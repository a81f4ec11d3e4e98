"""What a killed relay leaves on its disk, and who writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledger.records import call, rows
from utils.store.calls import Entry, book, entry
from utils.store.database import Database
from utils.store.journal import Journal
from utils.store.ledger import Ledger

WAIT = 20  # seconds, for what takes a fraction of one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def ledger(database: Database, folder: Path) -> Iterator[Ledger]:
    ledger = Ledger(database, Journal(folder), 36500)
    yield ledger
    ledger.close()


def left(folder: Path, *entries: Entry) -> Path:
    """By a process that is no more: the file."""
    journal = Journal(folder)
    for one in entries:
        journal.note(one)
    journal.close()
    [file] = folder.iterdir()
    return file


def entries(owner: str, number: int) -> list[Entry]:
    return [
        entry(call(owner, request_id=f"req_{n}", reservations=("r",)), f"{owner}{n}")
        for n in range(number)
    ]


def test_what_a_killed_process_left_is_written_by_the_next(
    database: Database, ledger: Ledger, owner: str, folder: Path
) -> None:
    left(folder, *entries(owner, 700))
    ledger.recover()
    assert ledger.flush(WAIT)
    told = [row["request_id"] for row in rows(database, owner)]
    assert sorted(told) == sorted(f"req_{n}" for n in range(700))
    assert rows(database, owner, "months")[0]["calls"] == 700


def test_a_call_that_no_database_would_take_is_noted_as_well(folder: Path, owner: str) -> None:
    [usual] = entries(owner, 1)
    strange = replace(usual, row={**usual.row, "model": "\ud800", "input_tokens": 10**30})
    left(folder, strange)
    assert list(Journal(folder).abandoned()) == [[strange]]


def test_a_call_is_written_once_though_it_was_left_after_it_was_written(
    database: Database, ledger: Ledger, owner: str, folder: Path
) -> None:
    whole = entries(owner, 5)
    with database.begin() as connection:
        book(connection, whole[:3])
    left(folder, *whole)
    ledger.recover()
    ledger.recover()
    assert ledger.flush(WAIT)
    assert len(rows(database, owner)) == 5
    assert ledger.dropped == 0


def test_a_call_that_two_files_tell_of_is_written_once(
    database: Database, ledger: Ledger, owner: str, folder: Path
) -> None:
    """Whoever took it over may have been killed, too."""
    file = left(folder, *entries(owner, 2))
    (folder / "copy.calls").write_bytes(file.read_bytes())
    ledger.recover()
    assert ledger.flush(WAIT)
    assert len(rows(database, owner)) == 2


def test_what_a_living_process_notes_is_its_own(folder: Path, owner: str) -> None:
    alive = Journal(folder)
    alive.note(entries(owner, 1)[0])
    assert [*Journal(folder).abandoned()] == []


def test_a_line_that_was_not_ended_is_passed_over(folder: Path, owner: str) -> None:
    file = left(folder, *entries(owner, 3))
    file.write_bytes(file.read_bytes()[:-10])
    [found] = Journal(folder).abandoned()
    assert found == entries(owner, 2)


def test_a_journal_is_empty_when_all_is_written_and_gone_when_it_is_closed(
    ledger: Ledger, owner: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.journal.LARGEST", 2000)
    for number in range(50):
        ledger.add(call(owner, request_id=f"req_{number}"))
    assert ledger.flush(WAIT)
    assert sum(file.stat().st_size for file in folder.iterdir()) == 0
    assert len([*folder.iterdir()]) == 1
    ledger.close()
    assert not [*folder.iterdir()]


def test_nobody_but_its_owner_can_read_a_journal(folder: Path, owner: str) -> None:
    file = left(folder, *entries(owner, 1))
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_calls_are_written_where_nothing_can_be_noted(
    database: Database, owner: str, tmp_path: Path
) -> None:
    (tmp_path / "ledger").write_text("no folder")
    ledger = Ledger(database, Journal(tmp_path / "ledger"), 36500)
    ledger.recover()
    ledger.add(call(owner))
    ledger.add(call(owner))
    assert ledger.flush(WAIT)
    ledger.close()
    assert len(rows(database, owner)) == 2
