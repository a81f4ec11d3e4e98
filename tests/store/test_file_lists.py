"""Lists in a real Memcached, before a real database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.memcached import Memcached as Server
from tests.store.keeping import HOUR, Clock
from utils.domain.stored_files import NewFile, StoredFile, Wanted
from utils.store.database import Database
from utils.store.file_lists import LARGEST, TRIES, FileLists
from utils.store.files import FileStore
from utils.store.shared import Held, Memcached, Nothing
from utils.store.storage import Storage

ALL = Wanted(limit=10_000)
NOTES = NewFile("notes.txt", "user_data")
FILE = StoredFile("file-1", "notes.txt", "user_data", 5, "text/plain", 1000, None)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def shared(server: Server) -> Iterator[Memcached]:
    with closing(Memcached("127.0.0.1", server.port)) as shared:
        yield shared


@pytest.fixture
def storage(database: Database, tmp_path: Path) -> Storage:
    return Storage(database, tmp_path)


@pytest.fixture
def store(storage: Storage, shared: Memcached) -> FileStore:
    return FileStore(storage, FileLists(shared))


def added(store: FileStore, owner: str, new: NewFile = NOTES) -> str:
    return store.add(BytesIO(b"words"), new, owner).id


def listed(store: FileStore, owner: str, wanted: Wanted = ALL) -> list[str]:
    return [file.id for file in store.page(wanted, owner).files]


def names(store: FileStore, owner: str) -> set[str]:
    """As what is listed, from wherever, calls the files."""
    return {file.name for file in store.page(ALL, owner).files}


def rename(database: Database, owner: str) -> None:
    """In the database alone, without a new version: so that one can tell what is read."""
    with database.begin() as connection:
        told = {"owner": owner}
        connection.execute(text("UPDATE files SET name = 'new' WHERE owner = :owner"), told)


def test_a_list_is_read_from_memcached_once_it_was_read_from_the_database(
    store: FileStore, database: Database, owner: str
) -> None:
    files = [added(store, owner) for _ in range(3)]
    assert listed(store, owner) == files[::-1]
    rename(database, owner)
    assert names(store, owner) == {"notes.txt"}
    assert listed(store, owner, replace(ALL, newest_first=False)) == files
    assert listed(store, owner, replace(ALL, limit=2, newest_first=False)) == files[:2]


def test_a_list_follows_what_is_added_and_deleted(
    store: FileStore, database: Database, owner: str
) -> None:
    first = added(store, owner)
    assert listed(store, owner) == [first]
    second = added(store, owner)
    third = added(store, owner, NewFile("a.png", "vision"))
    store.delete(second, owner)
    rename(database, owner)
    assert listed(store, owner) == [third, first]
    assert names(store, owner) == {"notes.txt", "a.png"}
    assert listed(store, owner, replace(ALL, purpose="vision")) == [third]
    page = store.page(replace(ALL, limit=101), owner)
    assert (len(page.files), page.more) == (2, False)


def test_an_owner_who_has_deleted_all_files_can_begin_anew(
    store: FileStore, database: Database, owner: str
) -> None:
    store.delete(added(store, owner), owner)
    assert listed(store, owner) == []
    with database.read() as connection:
        told = {"owner": owner}
        left = connection.execute(text("SELECT 1 FROM file_owners WHERE owner = :owner"), told)
        assert left.first() is None
    again = added(store, owner)
    assert listed(store, owner) == listed(store, owner) == [again]


@pytest.mark.parametrize("change", ["add", "delete"])
def test_a_list_that_missed_a_change_is_neither_used_nor_kept(
    storage: Storage, store: FileStore, database: Database, owner: str, change: str
) -> None:
    """As when a process could not reach Memcached, or died, after its change."""
    files = [added(store, owner), added(store, owner)]
    assert len(listed(store, owner)) == 2
    elsewhere = FileStore(storage, FileLists(Nothing()))
    if change == "add":
        files.append(added(elsewhere, owner))
    else:
        elsewhere.delete(files.pop(), owner)
    assert listed(store, owner) == files[::-1]
    rename(database, owner)
    assert names(store, owner) == {"notes.txt"}  # it was made anew
    files.append(added(store, owner))
    assert listed(store, owner) == files[::-1]


@pytest.mark.parametrize("garbage", [b"", b"\xff\n[]", b"1", b"%d\n{", b"%d\n[[1]]", b"%d\n1"])
def test_what_no_relay_has_written_is_not_read(
    store: FileStore, shared: Memcached, database: Database, owner: str, garbage: bytes
) -> None:
    file = added(store, owner)
    with database.read() as connection:
        version = connection.execute(
            text("SELECT version FROM file_owners WHERE owner = :owner"), {"owner": owner}
        ).scalar_one()
    name = f"files:1:{owner}"
    shared.set(name, garbage.replace(b"%d", b"%d" % version), 60)
    assert listed(store, owner) == [file]
    again = added(store, owner)
    assert listed(store, owner) == listed(store, owner) == [again, file]


def test_files_whose_time_is_over_are_listed_nowhere(
    database: Database, tmp_path: Path, shared: Memcached, owner: str
) -> None:
    clock = Clock()
    storage = Storage(database, tmp_path, clock=clock)
    store = FileStore(storage, FileLists(shared))
    kept, short = added(store, owner), added(store, owner, replace(NOTES, lasts=HOUR))
    assert listed(store, owner) == [short, kept]
    clock.ahead = HOUR + 1
    assert listed(store, owner) == [kept]
    later = added(store, owner)
    assert listed(store, owner) == [later, kept]


def test_a_list_is_its_owners_alone(store: FileStore, owner: str) -> None:
    mine, theirs = added(store, owner), added(store, f"{owner}s-neighbour")
    assert listed(store, owner) == listed(store, owner) == [mine]
    assert listed(store, f"{owner}s-neighbour") == [theirs]


def test_memcached_may_stop_hang_and_come_back(
    storage: Storage,
    database: Database,
    memcached: Server,
    owner: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utils.store.memcached.BACK_OFF", 0)
    with closing(Memcached("127.0.0.1", memcached.port)) as shared:
        store = FileStore(storage, FileLists(shared))
        files = [added(store, owner)]
        assert listed(store, owner) == files
        memcached.stop()
        files.append(added(store, owner))
        assert listed(store, owner) == files[::-1]
        memcached.start()
        for _ in range(3):  # with the connections that were lost, and without
            assert listed(store, owner) == files[::-1]
        memcached.pause()
        files.append(added(store, owner))
        assert listed(store, owner) == files[::-1]
        memcached.resume()
        assert listed(store, owner) == files[::-1]
        rename(database, owner)
        assert names(store, owner) == {"notes.txt"}


def test_whoever_adds_or_deletes_sees_it_at_once_however_many_others_do(
    database: Database, tmp_path: Path, server: Server, owner: str
) -> None:
    """Through two relays with one database and one Memcached."""

    def work(store: FileStore) -> list[str]:
        kept = []
        for _ in range(4):
            mine, gone = added(store, owner), added(store, owner)
            assert {mine, gone} <= {*listed(store, owner)}
            store.delete(gone, owner)
            assert gone not in listed(store, owner)
            kept.append(mine)
        return kept

    with (
        closing(Memcached("127.0.0.1", server.port)) as one,
        closing(Memcached("127.0.0.1", server.port)) as other,
        ThreadPoolExecutor(8) as pool,
    ):
        storage = Storage(database, tmp_path)
        stores = [FileStore(storage, FileLists(shared)) for shared in (one, other)] * 4
        kept = {id for ids in pool.map(work, stores) for id in ids}
        assert {*listed(stores[0], owner)} == kept
        rename(database, owner)
        assert names(stores[1], owner) == {"notes.txt"}


# By itself


def test_a_list_waits_for_the_change_before_and_is_dropped_without_it(
    shared: Memcached, owner: str
) -> None:
    lists = FileLists(shared)
    lists.put(owner, 7, [])
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(lists.add, owner, 9, replace(FILE, id="file-2"))
        lists.add(owner, 8, FILE)
        later.result()
    assert lists.get(owner, 9) == [FILE, replace(FILE, id="file-2")]
    assert lists.get(owner, 8) is None
    lists.remove(owner, 11, FILE.id)
    assert shared.get(f"files:1:{owner}") is None


def test_nobody_replaces_a_newer_list(shared: Memcached, owner: str) -> None:
    lists = FileLists(shared)
    lists.put(owner, 7, [FILE])
    lists.put(owner, 6, [])
    lists.add(owner, 7, replace(FILE, id="file-2"))  # it is there already, as far as one knows
    assert lists.get(owner, 7) == [FILE]


def test_a_list_too_long_for_memcached_is_not_kept(shared: Memcached, owner: str) -> None:
    lists, long = FileLists(shared), [replace(FILE, name="n" * (LARGEST // 100))] * 99
    lists.put(owner, 7, long)
    assert lists.get(owner, 7) == long
    lists.add(owner, 8, long[0])
    assert lists.get(owner, 8) is lists.get(owner, 7) is None
    lists.put(owner, 8, [*long, long[0]])
    assert shared.get(f"files:1:{owner}") is None


class Contested:
    """Somebody else is always quicker."""

    def __init__(self) -> None:
        self.tried = 0
        self.deleted: list[str] = []

    def gets(self, key: str) -> Held:
        return Held(b"7\n[]", b"1")

    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool:
        self.tried += 1
        return False

    def delete(self, *keys: str) -> None:
        self.deleted += keys


def test_a_list_that_cannot_be_changed_is_dropped() -> None:
    contested = Contested()
    FileLists(contested).add("me", 8, FILE)
    assert contested.tried == TRIES
    assert contested.deleted == ["files:1:me"]
