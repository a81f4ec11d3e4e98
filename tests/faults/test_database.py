"""A database that is not well. Locked, removed, replaced: tests/store, and tests/ledger."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.ledger.relays import key, row_of
from tests.postgresql import PostgreSQL
from tests.serving import ASKED, HEADERS, ThreadedRelay
from utils.store.database import Database

pytestmark = pytest.mark.fault(92)

STRANGER = {"Authorization": "Bearer sk-relay-" + "a" * 43}
MB = 2**20


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.store.sqlite.BUSY", 20)
    monkeypatch.setattr("utils.store.ledger.PAUSE", 0.02)


@contextmanager
def corrupt(file: Path) -> Iterator[None]:
    """All of it but its first page, which says that it is a database."""
    whole = {part: part.read_bytes() for part in file.parent.glob(file.name + "*")}
    for part, content in whole.items():
        part.write_bytes(content[:4096] + os.urandom(max(0, len(content) - 4096)))
    yield
    for part, content in whole.items():
        part.write_bytes(content)


def test_a_corrupt_file_costs_no_chat_and_nobodys_key_is_called_wrong(
    relay_with: RelayFactory, tmp_path: Path, patience: None
) -> None:
    relay = relay_with(
        database_url=f"sqlite:///{tmp_path}/database/relay.db",
        one_min_api_keys=("the-relays-own-key",),
    )
    known = key(relay)
    callers = [HEADERS, known]
    for headers in callers:
        row_of(relay, relay.post("/v1/chat/completions", ASKED, headers=headers))
    relay.services.database.close()
    with corrupt(tmp_path / "database" / "relay.db"):
        sent = [relay.post("/v1/chat/completions", ASKED, headers=one) for one in callers * 2]
        assert {reply.status_code for reply in sent} == {200}
        refused = relay.get("/v1/models", headers=STRANGER)
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "database_unavailable"
        assert relay.get("/readyz").json()["status"] == "degraded"
        relay.services.database.close()
    for reply in sent:
        assert row_of(relay, reply)["status"] == 200


def test_one_that_may_only_be_read_costs_no_chat_and_no_row(
    relay_with: RelayFactory, postgresql: PostgreSQL, patience: None
) -> None:
    """As a replica is, until it takes over."""
    url = postgresql.create()
    relay = relay_with(database_url=url)
    row_of(relay, relay.chat())
    may_write(postgresql, url, may=False)
    relay.services.database.close()
    reply = relay.chat()
    assert reply.status_code == 200
    assert eventually(lambda: relay.services.ledger.waiting > 0)
    assert not relay.services.ledger.flush(0.3)
    may_write(postgresql, url, may=True)
    assert row_of(relay, reply)["status"] == 200


def may_write(server: PostgreSQL, url: str, *, may: bool) -> None:
    name = url.rsplit("/", 1)[1]
    read_only = "off" if may else "on"
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")


def test_what_a_long_reader_makes_of_the_journal_is_given_back(tmp_path: Path) -> None:
    journal = tmp_path / "relay.db-wal"
    with closing(Database(f"sqlite:///{tmp_path}/relay.db")) as database:
        with database.read() as reader:
            reader.execute(text("SELECT count(*) FROM conversations")).scalar()
            for number in range(24):
                _add(database, f"{number}", MB)
            assert journal.stat().st_size > 20 * MB
        for number in range(3):
            _add(database, f"after-{number}", 2 * MB)
        assert journal.stat().st_size <= 16 * MB


def _add(database: Database, id: str, size: int) -> None:
    row = {"id": id, "body": "x" * size}
    with database.begin() as connection:
        connection.execute(text("INSERT INTO conversations VALUES (:id, '', 0, :body)"), row)


class Chats:
    """Callers with keys of 1min.ai's, and with one of the relay's, until they are stopped."""

    def __init__(self, relay: ThreadedRelay) -> None:
        self._relay = relay
        self._over = False
        self._callers = [HEADERS, key(relay, monthly_tokens=10**9)] * 4
        self.sent: list[str] = []
        self.slowest = 0.0

    @contextmanager
    def going_on(self) -> Iterator[Counter[int]]:
        """What they were told, once it is over."""
        told: Counter[int] = Counter()
        with ThreadPoolExecutor(len(self._callers)) as pool:
            calling: list[Future[Counter[int]]] = [
                pool.submit(self._call, headers) for headers in self._callers
            ]
            try:
                yield told
            finally:
                self._over = True
            for one in calling:
                told.update(one.result())

    def _call(self, headers: dict[str, str]) -> Counter[int]:
        told: Counter[int] = Counter()
        while not self._over:
            began = time.monotonic()
            reply = self._relay.post("/v1/chat/completions", ASKED, headers=headers)
            self.slowest = max(self.slowest, time.monotonic() - began)
            told[reply.status_code] += 1
            self.sent.append(reply.headers["x-request-id"])
        return told


def absences(server: PostgreSQL) -> list[tuple[Callable[[], None], Callable[[], None]]]:
    return [(server.stop, server.start), (server.pause, server.resume)]


@pytest.mark.long
def test_chats_go_on_while_postgresql_is_killed_and_stands_still(
    relay_with: RelayFactory, postgresql: PostgreSQL
) -> None:
    """And each of them is in the ledger once, when it is back."""
    relay = relay_with(
        database_url=postgresql.create(), one_min_api_keys=("the-relays-own-key",)
    )
    chats = Chats(relay)
    with chats.going_on() as told:
        for go, come in absences(postgresql):
            time.sleep(1)
            go()
            try:
                time.sleep(6)
            finally:
                come()
        time.sleep(3)
    assert set(told) == {200}
    assert chats.slowest < 20  # not for as long as the server stood still, and all after that
    assert relay.services.ledger.flush(30)
    assert relay.services.ledger.dropped == 0
    with relay.services.database.read() as connection:
        found = connection.exec_driver_sql("SELECT request_id FROM calls").scalars().all()
    assert sorted(found) == sorted(chats.sent)
