"""Relays whose ledger is looked at, and the rows in it."""

from __future__ import annotations

import json
import time
from typing import Any

import requests
from sqlalchemy import text

from tests.serving import KEY, Relay, ThreadedRelay
from utils.domain.callers import Grant

MODEL = "gpt-4o-mini"


def row(relay: ThreadedRelay, request_id: str) -> dict[str, Any]:
    """Of the call with this id, as soon as it is over."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = rows(relay, "request_id", request_id)
        if found:
            assert len(found) == 1
            return found[0]
        time.sleep(0.01)
    raise AssertionError("the call left no row")


def rows(relay: ThreadedRelay, column: str, value: str) -> list[dict[str, Any]]:
    assert relay.services.ledger.flush(20)
    asked = text(f"SELECT * FROM calls WHERE {column} = :value")
    with relay.services.database.read() as connection:
        return [dict(one) for one in connection.execute(asked, {"value": value}).mappings()]


def row_of(relay: ThreadedRelay, reply: requests.Response) -> dict[str, Any]:
    return row(relay, reply.headers["x-request-id"])


def used(found: dict[str, Any]) -> tuple[int, int, str]:
    return found["input_tokens"], found["output_tokens"], found["source"]


def ended(found: dict[str, Any]) -> tuple[int, str, str]:
    return found["status"], found["error"], found["model"]


def key(relay: ThreadedRelay, **grant: Any) -> dict[str, str]:
    """The headers of somebody with a new key of the relay's."""
    _, secret = relay.services.keys.create("a key", Grant(**grant))
    return {"Authorization": f"Bearer {secret}"}


def month(relay: Relay, headers: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = relay.get("/v1/usage", headers=headers).json()["month"]
    return told


def tokens(usage: dict[str, Any]) -> tuple[int, int]:
    if "prompt_tokens" in usage:
        return usage["prompt_tokens"], usage["completion_tokens"]
    return usage["input_tokens"], usage["output_tokens"]


def request(id: str, path: str = "/v1/chat/completions", **fields: Any) -> bytes:
    body = json.dumps(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n"
        f"X-Request-Id: {id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
