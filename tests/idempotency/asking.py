"""Requests that are made more than once."""

from __future__ import annotations

import json
from random import getrandbits
from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.backends.server import ModelServer
from tests.serving import ASKED, KEY, Relay

CHAT = "/v1/chat/completions"
REPLAYED = "Idempotent-Replayed"


def slow(*values: Any) -> Any:
    """A case that is left to the long tests."""
    return pytest.param(*values, marks=pytest.mark.long)


def new_key() -> str:
    return f"{getrandbits(128):032x}"


def bearing(key: str, bearer: str = KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}


def ask(
    relay: Relay, key: str, body: Any = None, path: str = CHAT, bearer: str = KEY
) -> requests.Response:
    return relay.post(path, body or ASKED, headers=bearing(key, bearer))


def is_replay(reply: requests.Response) -> bool:
    return reply.headers.get(REPLAYED) == "true"


def same(one: requests.Response, other: requests.Response) -> bool:
    """Whether both are the same answer, to the byte."""
    return told(one) == told(other)


def told(reply: requests.Response) -> tuple[int, str, bytes]:
    return reply.status_code, reply.headers["Content-Type"], reply.content


def paid(onemin: Simulator, server: ModelServer | None = None) -> int:
    """How many calls were made of models."""
    others = len(server.calls) if server else 0
    return len(onemin.chats) + len(onemin.features) + others


def request(key: str, path: str = CHAT, body: Any = None) -> bytes:
    """By hand, for whoever leaves before it is answered."""
    data = json.dumps(body or ASKED).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
