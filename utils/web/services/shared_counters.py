"""What callers use, counted in Memcached; by this process for itself while that is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from utils.domain.windows import Use, Window
from utils.errors import Unavailable
from utils.store.memcached import Server
from utils.store.places import Leave, SharedPlaces
from utils.store.windows import SharedWindows
from utils.web.services.own_counters import OwnCounters

T = TypeVar("T")


class SharedCounters:
    """Shared by all threads."""

    def __init__(self, host: str, port: int) -> None:
        self._server = Server(host, port)
        self._windows = SharedWindows(self._server)
        self._places = SharedPlaces(self._server)
        self._own = OwnCounters()

    @property
    def away(self) -> bool:
        """Whether Memcached did not answer when it was asked last."""
        return self._server.away

    def take(self, uses: Sequence[Use]) -> list[Window]:
        """Each of them, if it fits."""
        return _either(lambda: self._windows.take(uses), lambda: self._own.take(uses))

    def give_back(self, use: Use, at: float) -> None:
        """What was taken then."""
        _either(lambda: self._windows.give_back(use, at), lambda: self._own.give_back(use, at))

    def correct(self, use: Use, at: float, by: int) -> None:
        """What was taken then, whether it fits or not. Soon."""
        counters = self._own if self.away else self._windows
        counters.correct(use, at, by)

    def enter(self, name: str, most: int) -> Leave | None:
        """How to leave again, unless so many are under way."""
        return _either(lambda: self._leased(name, most), lambda: self._own.enter(name, most))

    def close(self) -> None:
        self._windows.close()
        self._places.close()
        self._server.close()

    def _leased(self, name: str, most: int) -> Leave | None:
        leave = self._places.enter(name, most)
        return leave and partial(_either, leave, _wait_for_its_end)


def _either(shared: Callable[[], T], own: Callable[[], T]) -> T:
    try:
        return shared()
    except Unavailable:
        return own()


def _wait_for_its_end() -> None:
    """Of the lease."""
