"""What the checker of `bench.killing` finds, and that a killed relay leaves none of it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from bench.killing import rows
from bench.killing.checker import LATE, Checker
from bench.killing.told import Told
from simulator.calls import Call
from tests.serving import ROOT
from utils.store.database import Database

BYTES = b"some bytes"
SHA256 = sha256(BYTES).hexdigest()
# A file, an upload, a response, a conversation and a call, as the relay leaves them.
SOUND = f"""
INSERT INTO file_owners VALUES ('a', 1);
INSERT INTO files VALUES
    ('file-1', 'a', 'n', 'user_data', {len(BYTES)}, 't', '{SHA256}', 1, NULL);
INSERT INTO uploads VALUES
    ('upload_1', 'a', 'n', 'p', 20, NULL, 1, 9, 'pending', {len(BYTES)}, NULL);
INSERT INTO upload_parts VALUES ('part_1', 'upload_1', {len(BYTES)});
INSERT INTO responses VALUES
    ('resp_1', 'a', 1, '', 'completed', 1, '{{"status": "completed"}}');
INSERT INTO response_items VALUES ('resp_1', 'input', 0, 'i', '{{}}');
INSERT INTO response_items VALUES ('resp_1', 'output', 0, 'o', '{{}}');
INSERT INTO conversations VALUES ('conv_1', 'a', 2, '{{}}');
INSERT INTO conversation_items VALUES ('conv_1', 0, 'i', '{{}}'), ('conv_1', 1, 'o', '{{}}');
INSERT INTO calls VALUES ('1', 1000, 'a', '', 'known', '/v1', 'openai', 'm', '',
    5, 6, 'upstream', 1.5, 0, 200, '', 0.5, 0.1, 1);
INSERT INTO months VALUES ('1970-01', 'a', 1, 0, 5, 6, 1.5, 0);
INSERT INTO reservations VALUES ('r', 'a', 1, 5, 1.5);
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    with closing(Database(f"sqlite:///{folder / 'relay.db'}")) as database:
        database.open()
    execute(folder, SOUND)
    (folder / "files" / "unsettled").mkdir(parents=True)
    for name in ("file-1", "part_1"):
        (folder / "files" / name).write_bytes(BYTES)
    return folder


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "data"))


def execute(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "relay.db")) as connection:
        connection.executescript(script)


def found(data: Path) -> list[str]:
    database = data / "relay.db"
    wrong = [*rows.wrong(database), *rows.wrong_files(database, data / "files")]
    return [line.partition(":")[0] for line in wrong]


def test_nothing_is_wrong_with_what_the_relay_leaves(data: Path) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("DELETE FROM file_owners", "a row of a file without its owner's"),
        ("UPDATE uploads SET received = 7", "an upload whose parts are not what it says"),
        ("UPDATE uploads SET status = 'cancelled'", "an upload that is over and has parts"),
        ("UPDATE uploads SET file = 'file-1'", "an upload that is whole without a file"),
        (
            "UPDATE responses SET status = 'queued'",
            "a response that is neither under way nor over",
        ),
        ("DELETE FROM response_items WHERE side = 'input'", "a response without what was said"),
        ("UPDATE response_items SET position = 1", "a side of a response with a hole"),
        ("UPDATE conversation_items SET body = '{'", "an item that is not JSON"),
        ("UPDATE conversations SET length = 1", "a conversation with more than it says"),
        (
            "DELETE FROM conversation_items WHERE position",
            "a question of a conversation without its answer",
        ),
        ("UPDATE months SET calls = 2", "a month that is not the sum of its calls"),
        ("UPDATE months SET credits = 3", "a month that is not the sum of its calls"),
        ("DELETE FROM months", "calls without a month"),
        ("UPDATE calls SET source = ''", "a call that cannot be"),
        ("UPDATE reservations SET until = 9e15", "something set apart for too long"),
        ("DELETE FROM files", "bytes that stay for good"),
        ("UPDATE files SET size = 1", "other bytes than the row says"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM conversations", "foreign_key_check"),
    ],
)
def test_the_checker_finds_what_a_crash_could_leave(data: Path, done: str, told: str) -> None:
    execute(data, done)
    assert told in found(data)


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (lambda folder: (folder / "part_1").unlink(), "a row without its bytes"),
        (lambda folder: (folder / "file-1").write_bytes(b"Some bytes"), "other bytes than"),
        (lambda folder: (folder / "file-2").touch(), "bytes that stay for good"),
    ],
)
def test_it_finds_bytes_and_rows_that_do_not_agree(
    data: Path, done: Callable[[Path], object], told: str
) -> None:
    done(data / "files")
    assert [line.startswith(told) for line in found(data)] == [True]


def test_bytes_that_are_known_to_be_unsettled_are_not_wrong(data: Path) -> None:
    for name in ("file-2", "unsettled/file-2"):
        (data / "files" / name).touch()
    assert found(data) == []


def test_it_finds_a_call_that_is_lost_told_twice_or_paid_twice(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(asked={"early", "late"}, ended={"early": 10.0, "late": 20.0 - LATE / 2})
    checker = Checker(data, keys=(), most=5, told=told)
    told.granted["a key"][1] = 7
    paid = Call("POST", "/api/features", {}, {}, b'"paid-1-1", and now "paid-2-1"', 1)
    execute(
        data,
        "INSERT INTO calls SELECT '2', " + ", ".join(columns("calls", data)) + " FROM calls",
    )
    nobody = ("127.0.0.1", 9)  # with no keys and nothing told, it is not asked
    monkeypatch.setattr("bench.killing.checker.RECOVERY", 0)
    wrong = [*checker.wrong(nobody, killed=20.0, calls=[paid, paid])]
    assert [line.partition(":")[0] for line in wrong if not line.startswith("a month")] == [
        "a call that is told twice",
        "a call that nobody made is in the ledger",
        "a call that ended 10.0 s before is not in the ledger",
        "paid 2 times",
        "7 calls in a minute, where 5 were granted",
        "some files are in nobody's list",
    ]


def columns(table: str, folder: Path) -> list[str]:
    """All but its id."""
    with closing(sqlite3.connect(folder / "relay.db")) as connection:
        return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")][1:]


@pytest.mark.long
@pytest.mark.fault(99)
def test_a_relay_that_is_killed_at_random_moments_leaves_all_as_it_told() -> None:
    """Eight of them here; `python -m bench.killing` has 200."""
    command = [sys.executable, "-m", "bench.killing", "--moments", "8"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Nothing was wrong." in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
