"""Chats while the database is away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import RelayFactory
from tests.ledger.relays import key, month, row_of
from tests.serving import ASKED, HEADERS, ThreadedRelay

Absence = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


@contextmanager
def gone(file: Path) -> Iterator[None]:
    """Its folder is, and something else in its place."""
    elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.write_text("")
    yield
    file.parent.unlink()
    elsewhere.rename(file.parent)


@pytest.fixture
def relay(
    relay_with: RelayFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ThreadedRelay:
    monkeypatch.setattr("utils.store.sqlite.BUSY", 20)
    monkeypatch.setattr("utils.store.ledger.PAUSE", 0.02)
    return relay_with(
        database_url=f"sqlite:///{tmp_path}/database/relay.db",
        one_min_api_keys=("the-relays-own-key",),
    )


@pytest.mark.fault(92)
@pytest.mark.parametrize("absence", [locked, gone])
def test_chats_go_on_and_are_in_the_ledger_afterwards(
    relay: ThreadedRelay, tmp_path: Path, absence: Absence
) -> None:
    callers = [HEADERS, key(relay, monthly_tokens=10**6)]
    for headers in callers:
        row_of(relay, relay.post("/v1/chat/completions", ASKED, headers=headers))
    with absence(tmp_path / "database" / "relay.db"):
        sent = [
            relay.post("/v1/chat/completions", ASKED, headers=headers)
            for headers in callers * 3
        ]
        assert {reply.status_code for reply in sent} == {200}
        assert not relay.services.ledger.flush(0.2)
        refused = relay.get("/v1/usage")
        assert refused.status_code in (200, 503)
    for reply in sent:
        assert row_of(relay, reply)["input_tokens"] == reply.json()["usage"]["prompt_tokens"]
    assert [month(relay, headers)["calls"] for headers in callers] == [4, 4]
    assert relay.services.ledger.dropped == 0
