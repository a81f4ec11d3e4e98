"""Places for calls under way, of which there are only so many."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock, Thread

from utils.errors import Unavailable
from utils.store.memcached import Server

log = logging.getLogger(__name__)

LEASE, RENEWAL = 60, 15  # seconds: the place of a relay that died is free after a LEASE

Leave = Callable[[], None]


class OwnPlaces:
    """Those in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def enter(self, name: str, most: int) -> Leave | None:
        """How to leave again, unless all places of this name are taken."""
        with self._lock:
            if self._taken[name] >= most:
                return None
            self._taken[name] += 1
        return partial(self._leave, name)

    def _leave(self, name: str) -> None:
        with self._lock:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]


@dataclass(frozen=True, slots=True)
class _Lease:
    """`token` tells its holder from whoever has the place later."""

    place: str
    token: str


class SharedPlaces:
    """Those of all relays on one Memcached, each held by a lease. Never more are taken than
    there are, but for those that Memcached forgot when it started anew. Everything raises
    Unavailable; a place that could not be left is free when its lease ends.

    One thread of each process renews what that holds.
    """

    def __init__(self, server: Server, *, lease: int = LEASE, renewal: float = RENEWAL) -> None:
        self._server = server
        self._seconds, self._renewal = lease, renewal
        self._lock = Lock()
        self._held: set[_Lease] = set()
        self._renewing: Thread | None = None
        self._closed = Event()

    def enter(self, name: str, most: int) -> Leave | None:
        """How to leave again, unless all places of this name are taken."""
        places = [f"relay:place:{name}:{number}" for number in range(most)]
        random.shuffle(places)  # others look for one at this moment
        holders = self._server.lines([f"incr {place} 0" for place in places])
        for place, holder in zip(places, holders, strict=True):
            lease = _Lease(place, str(random.getrandbits(63)))
            if holder == "NOT_FOUND" and self._add(lease):
                self._hold(lease)
                return partial(self._leave, lease)
        return None

    def close(self) -> None:
        self._closed.set()

    def _add(self, lease: _Lease) -> bool:
        """False when somebody else was quicker."""
        value = f"{len(lease.token)}\r\n{lease.token}"
        return self._server.lines([f"add {lease.place} 0 {self._seconds} {value}"]) == [
            "STORED"
        ]

    def _leave(self, lease: _Lease) -> None:
        with self._lock:
            self._held.discard(lease)
        if self._server.lines([f"incr {lease.place} 0"]) == [lease.token]:
            self._server.lines([f"delete {lease.place}"])

    def _hold(self, lease: _Lease) -> None:
        with self._lock:
            self._held.add(lease)
            if self._renewing is None:
                self._renewing = Thread(target=self._renew, daemon=True)
                self._renewing.start()

    def _renew(self) -> None:
        while not self._closed.wait(self._renewal):
            with self._lock:
                touches = [f"touch {lease.place} {self._seconds}" for lease in self._held]
            try:
                self._server.lines(touches)
            except Unavailable:
                log.warning("the places of calls under way were not renewed")
