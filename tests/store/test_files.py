from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import samples
from tests.store.keeping import HOUR, Clock, names
from utils.domain.owner import owner
from utils.domain.stored_files import NewFile, StoredFile, Wanted
from utils.errors import InvalidRequest, NotFound, Unavailable
from utils.store.contents import Contents
from utils.store.database import Database
from utils.store.file_lists import FileLists
from utils.store.files import FileStore
from utils.store.shared import Nothing
from utils.store.storage import Storage

KEY, OTHER_KEY = "the-callers-own-1min-key", "another-callers-1min-key"
ME, OTHER = owner(KEY), owner(OTHER_KEY)
ALL = Wanted(limit=100)
NOTES = NewFile("notes.txt", "user_data")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def store(database: Database, folder: Path, clock: Clock) -> FileStore:
    with database.begin() as connection:
        connection.execute(text("DELETE FROM files"))
    return FileStore(Storage(database, folder, clock=clock), FileLists(Nothing()))


def added(
    store: FileStore, data: bytes = b"words", new: NewFile = NOTES, owner: str = ME
) -> StoredFile:
    return store.add(BytesIO(data), new, owner)


def read(store: FileStore, file: StoredFile) -> bytes:
    with store.content(file) as content:
        return content.read()


def listed(store: FileStore, wanted: Wanted = ALL, owner: str = ME) -> list[StoredFile]:
    return [*store.page(wanted, owner).files]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"words", "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
        (samples.png(), "image/png"),
        (samples.PDF, "application/pdf"),
        (bytes(range(256)), "application/octet-stream"),
        (b"a" * 300_000, "text/plain"),
    ],
)
def test_a_file_is_kept_as_it_is_and_told_by_its_bytes(
    store: FileStore, data: bytes, media_type: str
) -> None:
    file = added(store, data, NewFile("a.html", "assistants"))
    assert store.get(file.id, ME) == file
    assert listed(store) == [file]
    assert read(store, file) == data
    assert (file.size, file.media_type, file.name) == (len(data), media_type, "a.html")
    assert (file.purpose, file.expires) == ("assistants", None)
    assert abs(file.created - time.time()) < 60


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("notes.txt", "notes.txt"),
        ("größe 東京 😀.txt", "größe 東京 😀.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a\0b\r\nc\x7f\u2028.txt", "a b c .txt"),
        ("a\ud800.txt", "a .txt"),
        ("..", "unnamed.txt"),
        ("a/", "unnamed.txt"),
        ("", "unnamed.txt"),
        ("a" * 999 + ".txt", "a" * 251 + ".txt"),
    ],
)
def test_a_name_is_shown_on_one_line_without_folders(
    store: FileStore, given: str, shown: str
) -> None:
    file = added(store, new=NewFile(given, "user_data"))
    assert store.get(file.id, ME).name == shown


@pytest.mark.fault(71)
def test_nothing_is_kept_under_a_clients_name_or_key(store: FileStore, folder: Path) -> None:
    file = added(store)
    assert names(folder) == {file.id}
    assert folder.stat().st_mode & 0o077 == 0


# Whose


@pytest.mark.fault(72)
def test_another_owners_file_is_as_unknown_as_none(store: FileStore, folder: Path) -> None:
    file, theirs = added(store, b"mine"), added(store, b"mine", owner=OTHER)
    assert file.id != theirs.id
    for id in (theirs.id, f"file-{'0' * 32}", "file-1", "../relay.db", "a\0", ""):
        for ask in (store.get, store.delete):
            with pytest.raises(NotFound, match="No such file"):
                ask(id, ME)
        assert store.find(id, ME) is None
    assert listed(store) == [file]
    assert listed(store, replace(ALL, ids=[file.id, theirs.id])) == [file]
    assert names(folder) == {file.id, theirs.id}
    store.delete(file.id, ME)
    assert read(store, theirs) == b"mine"


def test_a_chat_finds_a_file_of_its_owners_alone(store: FileStore) -> None:
    file = added(store)
    found = store.find(file.id, ME)
    assert found
    assert (found.data, found.name) == (b"words", "notes.txt")
    assert store.find(file.id, OTHER) is None


# Lists


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_follow_each_other_in_either_order(store: FileStore, newest_first: bool) -> None:
    files = [added(store, bytes([number])) for number in range(5)]
    wanted = Wanted(limit=2, newest_first=newest_first)
    seen: list[StoredFile] = []
    while (page := store.page(wanted, ME)).more:
        assert len(page.files) == 2
        seen += page.files
        store.delete(seen[-1].id, ME)  # as one does who empties the list
        wanted = replace(wanted, after=seen[-1].id)
    seen += page.files
    assert seen == (files[::-1] if newest_first else files)


def test_a_list_can_be_of_one_purpose(store: FileStore) -> None:
    picture = added(store, new=NewFile("a.png", "vision"))
    added(store)
    assert listed(store, replace(ALL, purpose="vision")) == [picture]
    assert listed(store, replace(ALL, purpose="evals")) == []


# What goes


def test_a_deleted_file_is_gone_with_its_bytes(store: FileStore, folder: Path) -> None:
    file = added(store)
    store.delete(file.id, ME)
    assert listed(store) == []
    assert names(folder) == set()
    with pytest.raises(NotFound):
        store.delete(file.id, ME)


def test_an_expired_file_is_gone_and_leaves_no_bytes_after_the_next_upload(
    store: FileStore, folder: Path, clock: Clock
) -> None:
    kept = added(store)
    file = added(store, new=replace(NOTES, lasts=HOUR))
    assert file.expires == file.created + HOUR
    clock.ahead = HOUR - 60
    assert store.get(file.id, ME) == file
    clock.ahead = HOUR
    assert listed(store) == [kept]
    assert store.find(file.id, ME) is None
    with pytest.raises(NotFound):
        store.get(file.id, ME)
    other = added(store, owner=OTHER)
    assert names(folder) == {kept.id, other.id}


# What a crash leaves


def test_bytes_without_a_row_go_once_nobody_can_be_writing_them(
    store: FileStore, folder: Path, clock: Clock
) -> None:
    Contents(folder).write("file-lost", BytesIO(b"the relay died before the row"))
    first = added(store)
    assert "file-lost" in names(folder)
    clock.ahead = 2 * HOUR
    second = added(store)
    assert names(folder) == {first.id, second.id}


def test_a_file_whose_removal_did_not_happen_stays(
    store: FileStore, folder: Path, clock: Clock
) -> None:
    file = added(store)
    Contents(folder).unsettle([file.id])
    clock.ahead = 2 * HOUR
    other = added(store)
    assert read(store, file) == b"words"
    assert [*(folder / "unsettled").iterdir()] == []
    assert names(folder) == {file.id, other.id}


def test_lost_bytes_are_told_by_name_and_logged(
    store: FileStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = added(store)
    (folder / file.id).unlink()
    assert store.get(file.id, ME) == file
    with pytest.raises(NotFound, match="content is missing") as raised:
        store.content(file)
    assert raised.value.code == "content_missing"
    assert store.find(file.id, ME) is None
    assert file.id in caplog.text
    assert "notes" not in caplog.text
    store.delete(file.id, ME)


# What cannot be kept


class Broken(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 65536:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_file_that_cannot_be_written_leaves_nothing(store: FileStore, folder: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        store.add(Broken(bytes(200_000)), NOTES, ME)
    assert raised.value.code == "storage_unavailable"
    assert names(folder) == set()
    assert listed(store) == []


def test_a_disk_that_is_nearly_full_takes_no_more(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.contents.SPARE", 2**60)
    with pytest.raises(Unavailable) as raised:
        added(store)
    assert raised.value.code == "storage_unavailable"
    assert names(folder) == set()


def test_without_its_database_no_file_is_taken(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "taken").touch()
    database = Database(f"sqlite:///{tmp_path}/taken/relay.db")
    away = FileStore(Storage(database, folder), FileLists(Nothing()))
    with pytest.raises(Unavailable) as raised:
        added(away)
    assert raised.value.code == "database_unavailable"
    assert names(folder) == set()


def test_an_owner_has_so_many_files_and_no_more(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.storage.MOST", 2)
    files = [added(store) for _ in range(2)]
    with pytest.raises(InvalidRequest) as raised:
        added(store)
    assert raised.value.code == "too_many_files"
    added(store, owner=OTHER)
    store.delete(files[0].id, ME)
    added(store)


def test_many_may_upload_at_once(store: FileStore, folder: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        files = [*pool.map(lambda data: added(store, data), contents)]
    assert [read(store, file) for file in files] == contents
    assert {file.id for file in listed(store)} == {file.id for file in files} == names(folder)
