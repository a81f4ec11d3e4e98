"""How often one caller may call."""

from __future__ import annotations

import logging
import math
import time
from typing import cast

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from limits import RateLimitItemPerMinute, WindowStats
from limits.storage import MemoryStorage
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from utils.config import Config
from utils.errors import RateLimited
from utils.web.request import caller

log = logging.getLogger(__name__)

PATIENCE = {"connect_timeout": 0.3, "timeout": 0.3}  # seconds; pymemcache has none by itself
SWEEP = 30  # seconds between two searches for counters that have run out
BACK_OFF = 3  # seconds during which a Memcached that failed is left alone
FREE = frozenset({"health.index", "health.healthz", "health.readyz"})


def init_app(app: Flask, config: Config) -> None:
    """Count every request to an endpoint that is not FREE. An unknown URL costs nothing."""
    if config.rate_limit_requests:
        allowance = Allowance(_strategy(config), config.rate_limit_requests)
        app.before_request(allowance.charge)
        app.after_request(allowance.tell)


def _strategy(config: Config) -> RateLimiter:
    """flask-limiter's. Its own hooks cost 5 % of a call and have nothing to do here, so they
    stay on an app that serves nothing.
    """
    place = f"{config.memcached_host}:{config.memcached_port}"
    limiter = Limiter(
        caller,
        app=Flask(__name__),
        strategy="sliding-window-counter",  # a fixed window charges even what it refuses
        storage_uri=f"memcached://{place}" if config.memcached_host else "swept-memory://",
        storage_options=cast("dict[str, str | int]", PATIENCE if config.memcached_host else {}),
    )
    return limiter.limiter


class SweptMemory(MemoryStorage):
    """limits' own, which would start a thread for each sweep, up to 100 a second."""

    STORAGE_SCHEME = ["swept-memory"]  # noqa: RUF012  limits' own form
    _swept = 0.0

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  its private hook
        if time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined]


class Allowance:
    """Requests a minute for each caller.

    flask-limiter's decorators cost a quarter of a whole call, so its strategy is asked
    directly. While Memcached is away each process counts for itself.
    """

    def __init__(self, shared: RateLimiter, requests: int) -> None:
        self._item = RateLimitItemPerMinute(requests)
        self._shared = shared
        self._own = SlidingWindowCounterRateLimiter(SweptMemory())
        self._away_until = 0.0

    def charge(self) -> None:
        """Raises RateLimited when the caller has used up its minute."""
        if request.endpoint is None or request.endpoint in FREE or request.method == "OPTIONS":
            return
        granted, g.allowance = self._hit(caller())
        if not granted:
            wait = max(1, math.ceil(g.allowance.reset_time - time.time()))
            raise RateLimited(
                f"Rate limit reached: {self._item.amount} requests a minute. "
                f"Try again in {wait} s.",
                retry_after=wait,
            )

    def tell(self, response: Response) -> Response:
        stats: WindowStats | None = g.get("allowance")
        if stats:
            wait = max(0, math.ceil(stats.reset_time - time.time()))
            response.headers["x-ratelimit-limit-requests"] = str(self._item.amount)
            response.headers["x-ratelimit-remaining-requests"] = str(stats.remaining)
            response.headers["x-ratelimit-reset-requests"] = f"{wait}s"
        return response

    def _hit(self, name: str) -> tuple[bool, WindowStats]:
        if time.monotonic() >= self._away_until:
            try:
                return self._count(self._shared, name)
            except Exception as error:  # noqa: BLE001  whatever a storage raises, calls go on
                log.warning("limits are counted in memory: %s", type(error).__name__)
                self._away_until = time.monotonic() + BACK_OFF
        return self._count(self._own, name)

    def _count(self, strategy: RateLimiter, name: str) -> tuple[bool, WindowStats]:
        granted = strategy.hit(self._item, name)
        return granted, strategy.get_window_stats(self._item, name)
