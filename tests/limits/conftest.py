from __future__ import annotations

import time
from typing import Any

import pytest

from tests.limits.calling import in_one_minute, place

ROOM = 3  # seconds that most tests take at the most


class Clock:
    """The time of this process, which a test moves on."""

    def __init__(self) -> None:
        self._real, self._ahead = time.time, 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.time", clock)
    return clock


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where a relay counts: usually by itself."""
    if getattr(request, "param", "own") == "own":
        return {}
    return place(request.getfixturevalue("memcached").port)


@pytest.fixture(autouse=True)
def _in_one_minute() -> None:
    in_one_minute(ROOM)
