"""Whether the relay is about to stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from utils.errors import Unavailable


class Shutdown:
    """Requests under way may end while it is `announced`; when it is `due` they break off."""

    def __init__(self) -> None:
        self.announced = False
        self.due = False
        self._lock = Lock()
        self._awaited = 0

    def check(self) -> None:
        """Raises Unavailable once it is due."""
        if self.due:
            raise Unavailable(
                "The relay is shutting down.", code="shutting_down", retry_after=5
            )

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """Work that no connection waits for, and that a stop waits for all the same."""
        with self._lock:
            self._awaited += 1
        try:
            yield
        finally:
            with self._lock:
                self._awaited -= 1

    @property
    def awaits(self) -> bool:
        return self._awaited > 0
