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
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import RateLimiter

from utils.domain.windows import MINUTE, Use, Window
from utils.store.places import Leave, OwnPlaces

SWEEP = 30  # seconds between two searches for counters that have run out
MOST = 100_000  # counters; the oldest makes room


class SweptMemory(MemoryStorage):
    """limits' own, which would start a thread for each sweep, up to 100 a second."""

    STORAGE_SCHEME = ["swept-memory"]  # noqa: RUF012  limits' own form
    _swept = 0.0

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  its private hook
        if time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined]
        while len(self.storage) > MOST:
            self.clear(next(iter(self.storage)))


class OwnCounters:
    """flask-limiter's strategy, asked directly: its decorators cost a quarter of a call. Its
    hooks have nothing to do here, so they stay on an app that serves nothing. The lock is for
    its storage, which loses what two threads count at once in a new counter.
    """

    def __init__(self) -> None:
        self._strategy: RateLimiter = Limiter(
            str,
            app=Flask(__name__),
            strategy="sliding-window-counter",  # a fixed window charges even what it refuses
            storage_uri="swept-memory://",
        ).limiter
        self._counters = cast(SweptMemory, self._strategy.storage)
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
        granted = not use.amount or self._strategy.hit(
            _item(use.kind, use.limit), use.caller, cost=use.amount
        )
        at = time.time()
        before, now = (self._counters.get(_key(use, moment)) for moment in (at - MINUTE, at))
        return Window(use, before=before, now=now, at=at, granted=granted)


def _key(use: Use, at: float) -> str:
    """Of the counter that the strategy uses."""
    key = _item(use.kind, use.limit).key_for(use.caller)
    _, current = SweptMemory.sliding_window_keys(key, MINUTE, at)
    return current


@lru_cache(maxsize=1000)
def _item(kind: str, limit: int) -> RateLimitItem:
    return RateLimitItemPerMinute(limit, namespace=kind)
