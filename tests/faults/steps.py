"""What a relay does to answer, as far as one who measures its time could tell it apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from sqlalchemy import event

from tests.serving import ThreadedRelay

VOLATILE = {"date", "x-request-id", "request-id"}  # headers
TRIES = 10


def steps(relay: ThreadedRelay, ask: Callable[[], requests.Response]) -> tuple[Any, ...]:
    """Status, headers and body of an answer, and what the database was asked for it. The relay
    asks of itself now and then: only what happens twice in a row belongs to the answer.
    """
    told = _once(relay, ask)
    for _ in range(TRIES):
        before, told = told, _once(relay, ask)
        if told == before:
            return told
    raise AssertionError(f"each answer is another one, such as {told}")


def _once(relay: ThreadedRelay, ask: Callable[[], requests.Response]) -> tuple[Any, ...]:
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
