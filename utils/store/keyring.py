"""Which keys of the relay's are good, known without asking the database each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from utils.domain.keys import SECRET, RelayKey
from utils.errors import Unavailable
from utils.store.keys import KeyStore, hash_of

FRESH = 2  # seconds for which a key is believed in
LOOKING = 1  # second for which others go on with what they have while one looks
LASTING = 3600  # seconds for which a key stays good that nobody can look up
MOST = 10_000  # keys


@dataclass(frozen=True, slots=True)
class _Held:
    """`read` says when the database had it, `due` when to look again."""

    key: RelayKey
    read: float
    due: float


class Keyring:
    """Only good keys are in it, by the hashes of their secrets. A revoked one is out in
    FRESH + LOOKING seconds, in every process. Shared by all threads.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock, self._timer = clock, timer
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = Lock()

    def remembers(self, secret: str) -> bool:
        """Whether it was good the last time that anybody looked."""
        return hash_of(secret) in self._held

    def key(self, secret: str) -> RelayKey | None:
        """None for one that is not good. Raises Unavailable when nobody can know."""
        if not SECRET.fullmatch(secret):
            return None
        hash = hash_of(secret)
        held = self._current(hash)
        if held is None or self._timer() >= held.due:
            held = self._looked_up(hash, held)
            if held:
                self._keep(hash, held)
        if held is None or held.key.state(self._clock()) != "active":
            self._forget(hash)
            return None
        return held.key

    def _current(self, hash: str) -> _Held | None:
        """Of all that come when it is due, one is told so; the others have it for longer, but
        not what nobody has believed in for a while: it may be revoked since.
        """
        now = self._timer()
        with self._lock:
            held = self._held.get(hash)
            if held is None or now > held.read + LASTING:
                return None
            if held.due <= now < held.due + LOOKING:
                self._held[hash] = replace(held, due=now + LOOKING)
            return held

    def _looked_up(self, hash: str, held: _Held | None) -> _Held | None:
        """A row that is gone was not revoked: the database is another one."""
        now = self._timer()
        try:
            found = self._store.holding(hash, held.key.id if held else "")
        except Unavailable:
            if held is None:
                raise
            return replace(held, due=now + LOOKING)
        if found is None:
            return held and replace(held, due=now + LOOKING)
        key, its_own = found
        return _Held(key, now, now + FRESH) if its_own else None

    def _keep(self, hash: str, held: _Held) -> None:
        with self._lock:
            self._held[hash] = held
            self._held.move_to_end(hash)
            if len(self._held) > MOST:
                self._held.popitem(last=False)

    def _forget(self, hash: str) -> None:
        with self._lock:
            self._held.pop(hash, None)
