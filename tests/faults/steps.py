"""What a relay does to answer, as far as one who measures its time could tell it apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests
from sqlalchemy import event

from tests.serving import ThreadedRelay

VOLATILE = {"date", "x-request-id", "request-id"}  # headers


def steps(relay: ThreadedRelay, ask: Callable[[], requests.Response]) -> tuple[Any, ...]:
    """Status, headers and body of an answer, and what the database was asked for it."""
    asked: list[str] = []

    def note(*execution: Any) -> None:
        asked.append(execution[2])

    relay.services.database.open()
    engine = relay.services.database._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        reply = ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    headers = {n: v for n, v in reply.headers.items() if n.lower() not in VOLATILE}
    return reply.status_code, headers, reply.text, asked


def settled(relay: ThreadedRelay) -> None:
    """Until the database is asked nothing of itself."""
    deadline = time.monotonic() + 10
    while steps(relay, lambda: _quiet(relay))[3]:
        assert time.monotonic() < deadline


def _quiet(relay: ThreadedRelay) -> requests.Response:
    time.sleep(0.3)
    return relay.get("/healthz")
