from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from tests.store.keeping import HOUR, Clock, names
from utils.domain.stored_files import NewFile, Wanted
from utils.domain.uploads import Completion, NewUpload, Upload
from utils.errors import InvalidRequest, RelayError, TooLarge
from utils.store.database import Database
from utils.store.file_lists import FileLists
from utils.store.files import FileStore
from utils.store.shared import Nothing
from utils.store.storage import Storage
from utils.store.uploads import UploadStore

LARGEST, ROOM = 1000, 3000  # bytes
ALL = Wanted(limit=100)
NOTES = NewUpload("notes.txt", "user_data", 10)
PARTS = b"some ", b"words"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def storage(database: Database, folder: Path, clock: Clock) -> Storage:
    return Storage(database, folder, most=ROOM, clock=clock)


@pytest.fixture
def files(storage: Storage) -> FileStore:
    return FileStore(storage, FileLists(Nothing()))


@pytest.fixture
def store(storage: Storage, files: FileStore) -> UploadStore:
    return UploadStore(storage, files, LARGEST)


def sent(
    store: UploadStore, owner: str, parts: tuple[bytes, ...] = PARTS, size: int = 0
) -> tuple[Upload, list[str]]:
    size = size or sum(map(len, parts))
    upload = store.create(NewUpload("notes.txt", "user_data", size), owner)
    return upload, [store.add(upload.id, BytesIO(part), owner).id for part in parts]


def refusal(ask: Callable[[], object]) -> tuple[str | None, str | None]:
    with pytest.raises(RelayError) as raised:
        ask()
    return raised.value.code, raised.value.param


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest().upper()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_file_is_its_parts_in_the_order_that_is_told_last(
    store: UploadStore, files: FileStore, folder: Path, owner: str, order: tuple[int, ...]
) -> None:
    upload, parts = sent(store, owner, (b"a" * 300, b"b" * 200, b"c" * 100))
    assert (upload.status, upload.expires - upload.created) == ("pending", HOUR)
    assert files.page(ALL, owner).files == []
    whole = b"".join((b"a" * 300, b"b" * 200, b"c" * 100)[number] for number in order)
    asked = Completion([parts[number] for number in order], md5(whole))
    done = store.complete(upload.id, asked, owner)
    file = done.file
    assert file
    assert (done.status, file.size, file.name, file.purpose) == (
        "completed",
        600,
        "notes.txt",
        "user_data",
    )
    with files.content(file) as content:
        assert content.read() == whole
    assert files.page(ALL, owner).files == [file]
    assert names(folder) == {file.id}


def test_a_part_that_was_sent_again_need_not_be_named(
    store: UploadStore, folder: Path, owner: str
) -> None:
    upload, parts = sent(store, owner, (b"some ", b"some ", b"words"), size=10)
    done = store.complete(upload.id, Completion(parts[1:]), owner)
    assert done.file
    assert names(folder) == {done.file.id}


def test_what_does_not_fit_is_refused_and_can_be_put_right(
    store: UploadStore, files: FileStore, folder: Path, owner: str
) -> None:
    upload, parts = sent(store, owner)
    _, others = sent(store, owner)
    whole = md5(b"".join(PARTS))

    def told(*ids: str, md5: str = "") -> tuple[str | None, str | None]:
        return refusal(lambda: store.complete(upload.id, Completion(ids, md5), owner))

    assert told(parts[0]) == ("size_mismatch", "part_ids")
    assert told(parts[0], parts[0]) == (None, "part_ids[1]")
    assert told(parts[0], others[1]) == ("not_found", "part_ids[1]")
    assert told(parts[0], "../relay.db") == ("not_found", "part_ids[1]")
    assert told(*parts[::-1], md5=whole) == ("checksum_mismatch", "md5")
    assert files.page(ALL, owner).files == []
    assert names(folder) == {*parts, *others}
    assert store.complete(upload.id, Completion(parts, whole), owner).file


def test_what_is_over_cannot_be_gone_on_with(store: UploadStore, owner: str) -> None:
    for end in ("completed", "cancelled"):
        upload, parts = sent(store, owner)
        asked, id = Completion(parts), upload.id
        if end == "completed":
            store.complete(id, asked, owner)
        else:
            assert store.cancel(id, owner).status == "cancelled"
        for ask in (
            lambda id=id: store.add(id, BytesIO(b"more"), owner),
            lambda id=id, asked=asked: store.complete(id, asked, owner),
            lambda id=id: store.cancel(id, owner),
        ):
            assert refusal(ask) == (f"upload_{end}", "upload_id")


def test_an_upload_that_is_completed_twice_names_its_file(
    store: UploadStore, owner: str
) -> None:
    upload, parts = sent(store, owner)
    file = store.complete(upload.id, Completion(parts), owner).file
    assert file
    with pytest.raises(InvalidRequest, match=file.id):
        store.complete(upload.id, Completion(parts), owner)


def test_of_many_who_complete_at_once_one_does(
    store: UploadStore, files: FileStore, folder: Path, owner: str
) -> None:
    upload, parts = sent(store, owner)

    def complete(_: int) -> str | None:
        try:
            return str(store.complete(upload.id, Completion(parts), owner).status)
        except RelayError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        ends = [*pool.map(complete, range(6))]
    assert ends.count("completed") == 1
    assert {*ends} == {"completed", "upload_completed"}
    [file] = files.page(ALL, owner).files
    assert names(folder) == {file.id}


def test_nothing_is_left_of_what_was_cancelled(
    store: UploadStore, folder: Path, owner: str
) -> None:
    upload, parts = sent(store, owner)
    assert names(folder) == {*parts}
    store.cancel(upload.id, owner)
    assert names(folder) == set()


def test_after_an_hour_an_upload_is_gone_and_its_parts_with_the_next(
    store: UploadStore, files: FileStore, folder: Path, clock: Clock, owner: str
) -> None:
    upload, parts = sent(store, owner)
    clock.ahead = HOUR - 60
    store.add(upload.id, BytesIO(b"more"), owner)
    clock.ahead = HOUR
    missing = ("not_found", "upload_id")
    assert refusal(lambda: store.add(upload.id, BytesIO(b"x"), owner)) == missing
    assert refusal(lambda: store.cancel(upload.id, owner)) == missing
    assert refusal(lambda: store.complete(upload.id, Completion(parts), owner)) == missing
    other = files.add(BytesIO(b"words"), NewFile("a", "user_data"), owner)
    assert names(folder) == {other.id}


def test_parts_outlast_a_tidying_after_a_crash(
    store: UploadStore, storage: Storage, clock: Clock, folder: Path, owner: str
) -> None:
    clock.ahead = HOUR - 60  # now nearly the hour in which nobody can be writing
    upload, parts = sent(store, owner)
    storage.contents.unsettle(parts)
    storage.contents.write("part_lost", BytesIO(b"the relay died before the row"))
    clock.ahead = 2 * HOUR - 120
    storage.tidy()
    assert names(folder) == {*parts}
    assert store.complete(upload.id, Completion(parts), owner).file


def test_another_owners_upload_is_as_unknown_as_none(store: UploadStore, owner: str) -> None:
    upload, parts = sent(store, owner)
    for id in (upload.id, "upload_1", "a\0b", ""):
        for ask in (
            lambda id=id: store.add(id, BytesIO(b"x"), "another"),
            lambda id=id: store.complete(id, Completion(parts), "another"),
            lambda id=id: store.cancel(id, "another"),
        ):
            assert refusal(ask) == ("not_found", "upload_id")
    assert store.complete(upload.id, Completion(parts), owner).file


# How much


def test_no_upload_is_larger_than_a_file_may_be(
    store: UploadStore, folder: Path, owner: str
) -> None:
    with pytest.raises(TooLarge) as raised:
        store.create(NewUpload("a", "user_data", LARGEST + 1), owner)
    assert (raised.value.code, raised.value.param) == ("file_too_large", "bytes")
    upload, parts = sent(store, owner, (b"a" * 60, b"b" * 60), size=60)
    more = refusal(lambda: store.add(upload.id, BytesIO(b"x"), owner))
    assert more == ("file_too_large", "data")
    assert names(folder) == {*parts}


def test_an_upload_has_so_many_parts_and_an_owner_so_many_uploads(
    store: UploadStore, folder: Path, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.uploads.MOST_PARTS", 2)
    monkeypatch.setattr("utils.store.uploads.MOST", 1)
    upload, parts = sent(store, owner)
    more = refusal(lambda: store.add(upload.id, BytesIO(b"x"), owner))
    assert more == ("too_many_parts", "data")
    assert names(folder) == {*parts}
    assert refusal(lambda: store.create(NOTES, owner)) == ("too_many_uploads", None)
    store.create(NOTES, f"{owner}s-neighbour")


def test_what_is_announced_counts_until_it_is_over(
    store: UploadStore, files: FileStore, folder: Path, clock: Clock, owner: str
) -> None:
    def begun() -> Upload:
        return store.create(NewUpload("a", "user_data", LARGEST), owner)

    first, second, _ = begun(), begun(), begun()
    full = ("storage_full", None)
    small = NewFile("a", "user_data")
    assert refusal(begun) == full
    assert refusal(lambda: files.add(BytesIO(b"x"), small, owner)) == full
    assert names(folder) == set()
    files.add(BytesIO(b"x"), small, f"{owner}s-neighbour")
    store.cancel(first.id, owner)
    kept = files.add(BytesIO(bytes(LARGEST)), small, owner)
    parts = [store.add(second.id, BytesIO(bytes(size)), owner).id for size in (400, 600)]
    assert refusal(lambda: store.add(second.id, BytesIO(b"x"), owner)) == full
    assert store.complete(second.id, Completion(parts), owner).file
    assert refusal(begun) == full
    files.delete(kept.id, owner)
    assert refusal(lambda: files.add(BytesIO(bytes(LARGEST + 1)), small, owner)) == full
    begun()
    clock.ahead = HOUR
    files.add(BytesIO(bytes(LARGEST)), small, owner)


def test_many_at_once_do_not_take_more_than_there_is(
    files: FileStore, folder: Path, owner: str
) -> None:
    def add(_: int) -> int:
        try:
            return files.add(BytesIO(bytes(500)), NewFile("a", "user_data"), owner).size
        except TooLarge:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(12))) == ROOM
    assert len(names(folder)) == ROOM // 500
