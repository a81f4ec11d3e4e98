"""What callers use, counted by this process for itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import cast

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage

from utils.domain.windows import MINUTE, Use, Window
from utils.store.places import Leave, OwnPlaces

SWEEP = 30  # seconds between two searches for counters that have run out
MOST = 100_000  # counters; the oldest makes room


def swept(storage: MemoryStorage) -> MemoryStorage:
    """The same, searched by whoever counts: limits would start a thread for each search, up to
    100 a second. In a subclass each of its methods would be wrapped twice.
    """
    at = 0.0

    def sweep() -> None:
        nonlocal at
        if time.monotonic() - at > SWEEP:
            at = time.monotonic()
            storage._MemoryStorage__expire_events()  # type: ignore[attr-defined]
        while len(storage.storage) > MOST:
            storage.clear(next(iter(storage.storage)))

    storage._MemoryStorage__schedule_expiry = sweep  # type: ignore[attr-defined]
    return storage


class OwnCounters:
    """flask-limiter's storage, asked what its strategy would ask: that makes the same keys
    again and again, and its decorators cost a quarter of a call. Its hooks have nothing to do
    here, so they stay on an app that serves nothing. The lock is for the storage, which loses
    what two threads count at once in a new counter.
    """

    def __init__(self) -> None:
        strategy = Limiter(
            str,
            app=Flask(__name__),
            strategy="sliding-window-counter",  # a fixed window charges even what it refuses
            storage_uri="memory://",
        ).limiter
        self._counters = swept(cast(MemoryStorage, strategy.storage))
        self._lock = Lock()
        self._places = OwnPlaces()

    @property
    def away(self) -> bool:
        """It is always there."""
        return False

    def take(self, uses: Sequence[Use]) -> list[Window]:
        """Each of them, if it fits."""
        with self._lock:
            return [self._take(use) for use in uses]

    def give_back(self, use: Use, at: float) -> None:
        """What was taken then."""
        with self._lock:
            if self._counters.get(_key(use, at)):
                self._counters.decr(_key(use, at), use.amount)

    def correct(self, use: Use, at: float, by: int) -> None:
        """What was taken then, whether it fits or not."""
        if by < 0:
            self.give_back(replace(use, amount=-by), at)
            return
        with self._lock:
            self._counters.incr(_key(use, time.time()), 2 * MINUTE, by)

    def enter(self, name: str, most: int) -> Leave | None:
        """How to leave again, unless so many are under way."""
        return self._places.enter(name, most)

    def close(self) -> None:
        pass

    def _take(self, use: Use) -> Window:
        granted = not use.amount or self._counters.acquire_sliding_window_entry(
            _name(use.kind, use.limit, use.caller), use.limit, MINUTE, use.amount
        )
        at = time.time()
        before, now = _keys(use, at)
        # Nothing runs out that still counts for one of them, so that need not be looked at.
        counted = self._counters.storage
        return Window(use, counted.get(before, 0), counted.get(now, 0), at, granted)


def _key(use: Use, at: float) -> str:
    """Of the counter that the strategy uses."""
    return _keys(use, at)[1]


def _keys(use: Use, at: float) -> tuple[str, str]:
    """Of the minute before, and of this one."""
    name = _name(use.kind, use.limit, use.caller)
    return MemoryStorage.sliding_window_keys(name, MINUTE, at)


@lru_cache(maxsize=10_000)
def _name(kind: str, limit: int, caller: str) -> str:
    return RateLimitItemPerMinute(limit, namespace=kind).key_for(caller)
