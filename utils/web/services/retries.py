"""When the same model is asked the same once more: only where nobody can have been paid for the
first time, and only as a small part of all that is asked. A fallback is no retry.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import uniform
from threading import Lock

from utils.domain.breaker import LEFT_ALONE
from utils.errors import (
    LimitReached,
    RateLimited,
    RelayError,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamUnreachable,
)

MOST = 3  # retries of one call, of those that are told when to come back
PATIENCE = 5  # seconds of waiting, all in all
PAUSE = 0.25  # seconds, where nobody tells how long; twice as long each time

SHARE = 0.1  # of the calls may be asked again
SPARE = 10  # retries that may come before that
REGAINED = 0.1  # of one each second, so that a lone caller is not left without


class RetryBudget:
    """Of one process. Shared by all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._left, self._seen = float(SPARE), clock()

    def begun(self, *, free: bool) -> Retries:
        """A call. `free` says that what it asks costs nothing, whatever becomes of it."""
        self._gain(SHARE)
        return Retries(self, free=free)

    def take(self) -> bool:
        self._gain(0)
        with self._lock:
            taken = self._left >= 1
            self._left -= taken
            return taken

    def _gain(self, part: float) -> None:
        with self._lock:
            now = self._clock()
            part += REGAINED * (now - self._seen)
            self._left, self._seen = min(SPARE, self._left + part), now


class Retries:
    """Of one call, before anything of an answer was there."""

    def __init__(self, budget: RetryBudget, *, free: bool) -> None:
        self._budget = budget
        self._free = free
        self._number = 0
        self._waited = 0.0
        self._first: RelayError | None = None

    def pause(self, error: RelayError) -> float | None:
        """Seconds after which the same can be asked again; None where it must not be."""
        if error.spent or error.paid or self._number >= self._most(error):
            return None
        named = error.retry_after if isinstance(error, RateLimited) else 0
        # Spread out, for whoever was refused at once would come back at once.
        pause = max(named or 0, PAUSE * (1 << self._number)) * uniform(1, 1.2)
        if self._waited + pause > PATIENCE or not self._budget.take():
            return None
        self._number += 1
        self._waited += pause
        self._first = self._first or error
        return pause

    def cause(self, error: RelayError) -> RelayError:
        """Of what its client is told: the first failure may have closed a breaker."""
        return self._first if self._first and error.code == LEFT_ALONE else error

    def _most(self, error: RelayError) -> int:
        """1min.ai may have done and billed what ended in a failure or in silence. It has not
        where it refused, or was never reached.
        """
        match error:
            case LimitReached() | UnusableAnswer():
                return 0
            case RateLimited():
                return MOST if error.retry_after is not None else 0
            case UpstreamUnreachable():
                return 1
            case UpstreamFailed() if self._free:
                return 1
        return 0
