"""What is made once, and used again."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from utils import hubs
from utils.errors import RelayError
from utils.waiting import TICK, Waiting

LASTING = 86400  # seconds


class Cache(Protocol):
    """It may be empty at any time."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes, seconds: int) -> None: ...


@dataclass(slots=True)
class _Making:
    """Neither `value` nor `error` once over: whoever made it left."""

    over: hubs.Event = field(default_factory=hubs.Event)
    value: bytes | None = None
    error: RelayError | None = None


class Once:
    """Whoever asks for what another thread is making waits for it. Shared by all threads."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._lock = Lock()
        self._under_way: dict[str, _Making] = {}

    def value(self, name: str, make: Callable[[], Waiting[bytes]]) -> Waiting[bytes]:
        """The cached value, or what `make` returns. Its failure is told to all who wait."""
        while True:
            mine = _Making()
            with self._lock:
                making = self._under_way.setdefault(name, mine)
            if making is mine:
                return (yield from self._made(name, mine, make))
            while not making.over.wait(TICK):
                yield
            if making.value is not None:
                return making.value
            if making.error:
                raise copy(making.error)

    def _made(
        self, name: str, making: _Making, make: Callable[[], Waiting[bytes]]
    ) -> Waiting[bytes]:
        try:
            value = self._cache.get(name)
            if value is None:
                value = yield from make()
                self._cache.set(name, value, LASTING)
        except RelayError as error:
            making.error = copy(error)  # whoever it reaches may add to it
            raise
        else:
            making.value = value
            return value
        finally:
            with self._lock:
                del self._under_way[name]
            making.over.set()
