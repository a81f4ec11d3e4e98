"""A ledger whose process is stopped, killed, or one of several."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests

from simulator.server import Simulator
from tests.postgresql import PostgreSQL
from tests.serving import ASKED, HEADERS, ProcessRelay, process
from utils.store.database import Database

SURE = 0.1  # seconds between the end of an answer and that of its call, on a busy machine
AT_ONCE = 32


class Callers:
    """Who call until they are told to stop, or there is nobody to call any more."""

    def __init__(self, relay: ProcessRelay, most: int) -> None:
        self._url = relay.url + "/v1/chat/completions"
        self._numbers = iter(range(most))
        self.ended: dict[str, float] = {}  # when each call was over for its caller

    def call(self, _: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for number in self._numbers:
                id = f"call-{number}"
                try:
                    headers = HEADERS | {"X-Request-Id": id}
                    reply = session.post(self._url, json=ASKED, headers=headers, timeout=30)
                except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                    return
                assert reply.status_code == 200, reply.text
                self.ended[id] = time.monotonic()


def kept(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "relay.db")) as connection:
        return [id for (id,) in connection.execute("SELECT request_id FROM calls")]


@pytest.mark.fault(98)
@pytest.mark.long
def test_a_stopping_relay_has_written_every_call(onemin: Simulator, tmp_path: Path) -> None:
    with process(onemin.url, tmp_path, WORKERS="2") as relay:
        callers = Callers(relay, 100)
        with ThreadPoolExecutor(8) as threads:
            assert not any(threads.map(callers.call, range(8)))
        assert relay.end() == 0
    assert sorted(kept(tmp_path)) == sorted(callers.ended)
    assert len(callers.ended) == 100


def killed(onemin: Simulator, folder: Path, seconds: float) -> None:
    """After so many from the first call."""
    folder.mkdir(exist_ok=True)
    with process(onemin.url, folder) as relay, ThreadPoolExecutor(8) as threads:
        callers = Callers(relay, 10**6)
        calling = threads.map(callers.call, range(8))
        while not callers.ended:
            time.sleep(0.01)
        time.sleep(seconds)
        end = time.monotonic()
        relay.end(signal.SIGKILL)
        assert not any(calling)
    sure = {id for id, ended in callers.ended.items() if ended < end - SURE}
    assert sure
    with process(onemin.url, folder):
        deadline = time.monotonic() + 20
        while not set(kept(folder)) >= sure:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    found = kept(folder)
    assert len(found) == len(set(found))


@pytest.mark.long
@pytest.mark.fault(99)
def test_what_a_killed_relay_had_not_written_the_next_one_writes(
    onemin: Simulator, tmp_path: Path
) -> None:
    killed(onemin, tmp_path, 1)


@pytest.mark.fault(99)
@pytest.mark.long
def test_whenever_it_is_killed(onemin: Simulator, tmp_path: Path) -> None:
    for number in range(10):
        killed(onemin, tmp_path / str(number), random.uniform(0.6, 4))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/relay.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.create()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ten_thousand_calls_leave_as_many_true_rows(
    onemin: Simulator, tmp_path: Path, place: str
) -> None:
    with process(onemin.url, tmp_path, WORKERS="2", DATABASE_URL=place) as relay:
        callers = Callers(relay, 10_000)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            assert not any(threads.map(callers.call, range(AT_ONCE)))
        assert relay.end() == 0
    with closing(Database(place)) as database, database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT request_id, status, model, input_tokens, output_tokens, source FROM calls"
        ).all()
        [month] = connection.exec_driver_sql(
            "SELECT calls, failed, input_tokens, output_tokens FROM months"
        ).all()
    assert len(rows) == 10_000
    assert {row[0] for row in rows} == set(callers.ended)
    assert {tuple(row[1:]) for row in rows} == {(200, "gpt-4o-mini", 281, 15, "upstream")}
    assert tuple(month) == (10_000, 0, 2_810_000, 150_000)
