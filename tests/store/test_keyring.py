from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.store.keeping import Clock
from utils.domain.callers import Grant
from utils.domain.keys import RelayKey
from utils.errors import Unavailable
from utils.store import keyring
from utils.store.database import Database
from utils.store.keyring import FRESH, LASTING, LOOKING, Keyring
from utils.store.keys import KeyStore


@dataclass
class Case:
    store: KeyStore
    ring: Keyring
    clock: Clock
    database: Database
    file: Path
    key: RelayKey
    secret: str

    def lose(self) -> None:
        """The database cannot be had any more."""
        self.database.close()
        self.file.rename(self.file.with_suffix(".away"))
        self.file.mkdir()

    def asked(self) -> int:
        """How often the database was, since it was last asked how often."""
        asked, self._asked = self._asked, 0
        return asked

    _asked: int = 0


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    file, clock = tmp_path / "relay.db", Clock()
    database = Database(f"sqlite:///{file}")
    store = KeyStore(database, clock=clock)
    ring = Keyring(store, clock=clock, timer=clock)
    key, secret = store.create("a", Grant())
    case = Case(store, ring, clock, database, file, key, secret)

    def count(*_: object) -> None:
        case._asked += 1

    assert database._engine
    event.listen(database._engine, "begin", count)
    yield case
    database.close()


def test_a_key_is_looked_up_once_in_a_while(case: Case) -> None:
    assert not case.ring.remembers(case.secret)
    for _ in range(3):
        assert case.ring.key(case.secret) == case.key
    assert case.asked() == 1
    case.clock.ahead += FRESH
    assert case.ring.key(case.secret) == case.key
    assert case.asked() == 1
    assert case.ring.remembers(case.secret)


def test_of_many_at_once_one_looks_it_up(case: Case) -> None:
    case.ring.key(case.secret)
    case.asked()
    case.clock.ahead += FRESH
    with ThreadPoolExecutor(16) as pool:
        found = [*pool.map(case.ring.key, [case.secret] * 64)]
    assert found == [case.key] * 64
    assert case.asked() <= 2  # one, and one more if a LOOKING second went by


@pytest.mark.parametrize("end", ["revoke", "rotate"])
def test_a_key_that_ended_is_out_in_seconds(case: Case, end: str) -> None:
    assert case.ring.key(case.secret)
    getattr(case.store, end)(case.key.id)
    case.clock.ahead += FRESH + LOOKING
    assert case.ring.key(case.secret) is None
    assert not case.ring.remembers(case.secret)


def test_a_key_that_ended_while_nobody_used_it_is_out_for_all_at_once(case: Case) -> None:
    assert case.ring.key(case.secret)
    case.store.revoke(case.key.id)
    case.clock.ahead += LASTING // 2
    assert case.database._engine
    event.listen(case.database._engine, "begin", lambda _: time.sleep(0.1))  # all look at once
    with ThreadPoolExecutor(16) as pool:
        assert {*pool.map(case.ring.key, [case.secret] * 64)} == {None}
    assert not case.ring.remembers(case.secret)


def test_a_key_expires_on_the_second(case: Case) -> None:
    _, secret = case.store.create("short", Grant(), int(case.clock()) + 1)
    assert case.ring.key(secret)
    case.clock.ahead += 1
    assert case.ring.key(secret) is None
    assert not case.ring.remembers(secret)


@pytest.mark.fault(78)
@pytest.mark.parametrize(
    "given", ["", "sk-relay-", "sk-relay-" + "a" * 42, "sk-relay-" + "ä" * 43, "a-key"]
)
def test_what_cannot_be_a_key_is_not_looked_up(case: Case, given: str) -> None:
    assert case.ring.key(given) is None
    assert not case.asked()


@pytest.mark.fault(78)
def test_nothing_is_remembered_of_what_nobody_holds(case: Case) -> None:
    for letter in "abc":
        assert case.ring.key("sk-relay-" + letter * 43) is None
    assert case.asked() == 3
    assert not case.ring._held


def test_without_the_database_a_good_key_stays_good_for_an_hour(case: Case) -> None:
    assert case.ring.key(case.secret)
    case.lose()
    for _ in range(3):
        case.clock.ahead += LASTING // 4
        assert case.ring.key(case.secret) == case.key
    case.clock.ahead += LASTING
    with pytest.raises(Unavailable):
        case.ring.key(case.secret)


def test_without_the_database_nobody_knows_another_key(case: Case) -> None:
    case.lose()
    with pytest.raises(Unavailable):
        case.ring.key(case.secret)


def test_a_database_that_was_replaced_ends_no_key(case: Case) -> None:
    assert case.ring.key(case.secret)
    case.file.unlink()
    for _ in range(3):
        case.clock.ahead += FRESH
        assert case.ring.key(case.secret) == case.key
    assert Keyring(case.store).key(case.secret) is None


@pytest.mark.fault(78)
def test_it_holds_no_more_than_so_many(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "MOST", 2)
    secrets = [case.store.create("a", Grant())[1] for _ in range(3)]
    for secret in secrets:
        case.ring.key(secret)
    assert [case.ring.remembers(secret) for secret in secrets] == [False, True, True]
