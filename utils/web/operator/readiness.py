"""What the relay can do at the moment, and what it has to do without."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from typing import Any, cast

from flask import Flask, current_app

from utils.errors import RelayError
from utils.web.services.services import Services

log = logging.getLogger(__name__)

LOOKS = 1  # seconds between two looks at a part, and the longest that anybody waits for one
WATCHES = 5  # seconds between two looks of a process that nobody asks

OK, DEGRADED, UNAVAILABLE = "ok", "degraded", "unavailable"
UNUSED, AWAY, SLOW = "unused", "away", "slow"
RESTING, SOME_REST, FAILING, SOME_FAIL = "resting", "some rest", "failing", "some fail"
GOOD = (OK, UNUSED, "live")

MEANINGS = {
    ("database", AWAY): "responses, threads, files and relay keys cannot be looked up",
    ("memcached", UNUSED): "each process counts and remembers for itself, as it is set",
    ("memcached", AWAY): "each process counts and remembers for itself",
    ("catalog", "live"): "1min.ai tells its models",
    ("catalog", "stale"): "1min.ai does not tell its models, so the last list of them serves",
    ("catalog", "snapshot"): "1min.ai has not told its models yet, so an old list serves",
    ("limits", AWAY): "each process counts for itself, for Memcached did not answer",
    ("ledger", AWAY): "calls wait in memory until the database takes them",
    ("ledger", "incomplete"): "calls were lost: too many had to wait for the database",
    ("pool", UNUSED): "callers bring keys of their own: ONE_MIN_API_KEYS has none",
    ("pool", RESTING): "1min.ai refuses each of the relay's own keys for the time being",
    ("pool", SOME_REST): "1min.ai refuses some of the relay's own keys for the time being",
}

States = Mapping[str, str]


def init_app(app: Flask) -> None:
    app.extensions["readiness"] = Readiness(app)


def readiness() -> Readiness:
    return of(current_app)


def of(app: Flask) -> Readiness:
    return cast(Readiness, app.extensions["readiness"])


class Readiness:
    """Shared by all threads. Nobody who asks waits long, or makes a part be asked often."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._database = _Look(self._database_state)
        self._memcached = _Look(self._memcached_state)

    @property
    def _relay(self) -> Services:
        """As relay.yaml wants it by now."""
        return cast(Services, self._app.extensions["relay"])

    def look(self) -> tuple[States, States]:
        """At every part, and at every configured server; the metrics are told, too."""
        relay, breakers = self._relay, self._relay.upstream.state()
        parts = {
            "database": self._database.seen(),
            "memcached": self._memcached.seen(),
            "catalog": relay.catalog.state(),
            "limits": AWAY if relay.limits.away else OK,
            "ledger": self._ledger_state(),
            "pool": self._pool_state(),
        }
        backends = {name: _backend_state(models) for name, models in breakers.items()}
        relay.metrics.tell_states(parts)
        relay.metrics.tell_breakers(breakers)
        relay.metrics.tell_ledger(relay.ledger.waiting, relay.ledger.dropped)
        return parts, backends

    def told(self) -> dict[str, Any]:
        """What a probe hears: nothing of where the parts are."""
        parts, backends = self.look()
        status = self._status(parts, backends)
        return {"status": status, "checks": {**parts, "backends": backends}}

    def told_in_full(self) -> dict[str, Any]:
        """What the operator hears."""
        relay, (parts, backends) = self._relay, self.look()
        return {
            "status": self._status(parts, backends),
            "checks": {
                part: {"state": state, "meaning": MEANINGS.get((part, state), "")}
                for part, state in parts.items()
            },
            "backends": relay.upstream.state(),
            "ledger": {"waiting": relay.ledger.waiting, "dropped": relay.ledger.dropped},
            "pool": relay.pool.state(),
        }

    def watch(self) -> None:
        """In the background, without end: other processes may be asked for the metrics."""
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                log.exception("nobody knows whether all is well")
            time.sleep(WATCHES)

    def _status(self, parts: States, backends: States) -> str:
        """Callers with keys of their own need no part of the relay's to chat."""
        keys_known = parts["database"] not in (AWAY, SLOW)
        # That a server fails a single caller must not take the relay from all others.
        somebody_answers = parts["pool"] not in (UNUSED, RESTING) or bool(backends)
        if not (self._relay.config.allow_passthrough or (keys_known and somebody_answers)):
            return UNAVAILABLE
        states = (*parts.values(), *backends.values())
        return OK if all(state in GOOD for state in states) else DEGRADED

    def _database_state(self) -> str:
        try:
            self._relay.database.open()
        except RelayError:
            return AWAY
        return OK

    def _memcached_state(self) -> str:
        if not self._relay.config.memcached_host:
            return UNUSED
        return OK if self._relay.shared.answers() else AWAY

    def _ledger_state(self) -> str:
        if self._relay.ledger.dropped:
            return "incomplete"
        return AWAY if self._relay.ledger.away else OK

    def _pool_state(self) -> str:
        resting = [account.resting > 0 for account in self._relay.pool.state()]
        if not resting:
            return UNUSED
        if all(resting):
            return RESTING
        return SOME_REST if any(resting) else OK


def _backend_state(breakers: States) -> str:
    """Of a server, by its models."""
    failing = [state == "open" for state in breakers.values()]
    if not any(failing):
        return OK
    return FAILING if all(failing) else SOME_FAIL


class _Look:
    """At one part, by one thread, however many ask."""

    def __init__(self, look: Callable[[], str]) -> None:
        self._look = look
        self._lock = Lock()
        self._began = float("-inf")
        self._thread: Thread | None = None
        self._state = SLOW

    def seen(self) -> str:
        """What the last look has seen, if that is over."""
        with self._lock:
            if self._is_over and time.monotonic() - self._began >= LOOKS:
                self._began = time.monotonic()
                self._thread = Thread(target=self._see, daemon=True)
                self._thread.start()
            thread, until = self._thread, self._began + LOOKS
        if thread:
            thread.join(max(0, until - time.monotonic()))
        return self._state if self._is_over else SLOW

    @property
    def _is_over(self) -> bool:
        return not (self._thread and self._thread.is_alive())

    def _see(self) -> None:
        self._state = SLOW
        self._state = self._look()
