"""Callers, and what they are told of their limits."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.serving import KEY, ThreadedRelay
from utils.domain.callers import Grant
from utils.domain.owner import owner

# For tests whose relay counts by itself, and then in Memcached.
BOTH = pytest.mark.parametrize("memory", ["own", "memcached"], indirect=True)


def in_one_minute(seconds: float) -> None:
    """Wait, if what takes as long would fall into two minutes: so would its counts."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left)


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def vouched(relay: ThreadedRelay, *keys: str) -> None:
    """1min.ai has answered whoever holds these."""
    for key in keys or (KEY,):
        relay.services.vouched.add(owner(key))


def granted(relay: ThreadedRelay, **limits: Any) -> str:
    """A key of the relay's with limits of its own."""
    _, key = relay.services.keys.create("a test's", Grant(**limits))
    return key


def statuses(relay: ThreadedRelay, count: int, key: str = KEY) -> list[int]:
    return [relay.get("/v1/models", headers=bearing(key)).status_code for _ in range(count)]


def told(reply: requests.Response) -> dict[str, str]:
    """Its x-ratelimit headers, by the rest of their names."""
    start = "x-ratelimit-"
    return {
        name.lower().removeprefix(start): value
        for name, value in reply.headers.items()
        if name.lower().startswith(start)
    }


def place(port: int) -> dict[str, Any]:
    """The settings for a Memcached."""
    return {"memcached_host": "127.0.0.1", "memcached_port": port}


def remaining(relay: ThreadedRelay, kind: str, key: str = KEY) -> int:
    reply = relay.get("/v1/models", headers=bearing(key))
    return int(reply.headers[f"x-ratelimit-remaining-{kind}"])
