"""How much one caller may ask for: in a minute, and at once."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from utils.config import Config
from utils.domain.callers import Caller
from utils.domain.windows import Kind, Use, Window
from utils.errors import LimitReached
from utils.store.places import Leave
from utils.web.services.own_counters import OwnCounters
from utils.web.services.shared_counters import SharedCounters

Left = dict[Kind, Window]  # what a caller has left; nothing where there is no limit


class Counters(Protocol):
    @property
    def away(self) -> bool: ...
    def take(self, uses: Sequence[Use]) -> list[Window]: ...
    def give_back(self, use: Use, at: float) -> None: ...
    def correct(self, use: Use, at: float, by: int) -> None: ...
    def enter(self, name: str, most: int) -> Leave | None: ...
    def close(self) -> None: ...


class Limits:
    """Those of a key where it has its own, else the operator's. Counted in Memcached, where
    there is one that answers; else by this process for itself. Shared by all threads.
    """

    def __init__(self, config: Config) -> None:
        self._requests = config.rate_limit_requests
        self._tokens = config.rate_limit_tokens
        self._concurrency = config.rate_limit_concurrency
        self._counters: Counters
        if config.memcached_host:
            self._counters = SharedCounters(config.memcached_host, config.memcached_port)
        else:
            self._counters = OwnCounters()

    @property
    def away(self) -> bool:
        """Whether this process counts for itself, although it should not."""
        return self._counters.away

    def request(self, who: Caller, tokens: int = 0) -> Left:
        """Count one, and what it will be charged at least, if that fits: it saves a question to
        Memcached. Raises LimitReached.
        """
        left = self._take(who, 1, tokens)
        window, ahead = left.get("requests"), left.get("tokens")
        if window and not window.granted:
            if ahead and ahead.granted:
                self._counters.give_back(ahead.use, ahead.at)
            raise _reached(window)
        return left

    def left(self, who: Caller) -> Left:
        """Nothing is counted."""
        return self._take(who, 0, 0)

    def give_back_request(self, who: Caller) -> None:
        """It was refused for another reason."""
        if limit := self._most_requests(who):
            self._counters.give_back(Use("requests", _name(who), limit, 1), time.time())

    def counts_tokens(self, who: Caller) -> bool:
        return self._most_tokens(who) > 0

    def charge(self, who: Caller, tokens: int, ahead: int) -> Window | None:
        """What a call reads, before it is made, beyond what was taken ahead. Raises
        LimitReached; then nothing is charged.
        """
        limit = self._most_tokens(who)
        if limit and tokens > limit:
            raise _never_fits(tokens, limit)
        if not limit or tokens <= ahead:
            return None
        [window] = self._counters.take([Use("tokens", _name(who), limit, tokens - ahead)])
        if not window.granted:
            raise _reached(window)
        return window

    def settle(self, charged: Sequence[Window], used: int) -> None:
        """When a call is over, what it used is what counts, whether that fits or not: then the
        next one waits.
        """
        missed = used - sum(window.use.amount for window in charged)
        if missed > 0 and charged:
            self._counters.correct(charged[0].use, charged[0].at, missed)
        for window in charged:
            if missed < 0:
                back = min(-missed, window.use.amount)
                self._counters.correct(window.use, window.at, -back)
                missed += back

    def enter(self, who: Caller) -> Leave | None:
        """Begin a call; what this returns, if anything, ends it. Raises LimitReached."""
        grant = who.grant
        most = self._concurrency if grant.concurrency is None else grant.concurrency
        if not most:
            return None
        leave = self._counters.enter(_name(who), most)
        if leave is None:
            self.give_back_request(who)
            message = f"Limit reached: {most} call(s) at once. Try again when one has ended."
            raise LimitReached(message, code="concurrency_limit_reached", retry_after=1)
        return leave

    def close(self) -> None:
        self._counters.close()

    def _take(self, who: Caller, requests: int, tokens: int) -> Left:
        name, most = _name(who), self._most_tokens(who)
        uses = [
            Use("requests", name, self._most_requests(who), requests),
            Use("tokens", name, most, tokens if tokens <= most else 0),
        ]
        limited = [use for use in uses if use.limit]
        windows = self._counters.take(limited) if limited else ()
        return {window.use.kind: window for window in windows}

    def _most_requests(self, who: Caller) -> int:
        own = who.grant.requests
        return self._requests if own is None else own

    def _most_tokens(self, who: Caller) -> int:
        own = who.grant.tokens
        return self._tokens if own is None else own


def _name(who: Caller) -> str:
    """Safe to keep, and fit for a key of Memcached's."""
    return sha256(who.counted_as.encode()).hexdigest()


def _reached(window: Window) -> LimitReached:
    use, wait = window.use, math.floor(window.wait) + 1
    return LimitReached(
        f"Rate limit reached: {use.limit} {use.kind} a minute. Try again in {wait} s.",
        retry_after=wait,
    )


def _never_fits(tokens: int, limit: int) -> LimitReached:
    error = LimitReached(
        f"This request is about {tokens} tokens long, and the limit is {limit} a minute: it "
        "can never be answered. Please make it shorter."
    )
    error.retryable = False
    return error
