"""How much of large bodies may be in memory at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock

from utils.errors import Unavailable

LARGE = 2**19  # bytes: more takes its time to be understood; less is not counted
PART = 4  # a body is held about twice, and then there is all else
CONTAINER = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


class Bodies:
    """Shared by all threads. One that is alone is never too large."""

    def __init__(self, most: int) -> None:
        """In bytes."""
        self._most = most
        self._held = 0
        self._lock = Lock()

    def hold(self, size: int) -> Callable[[], None]:
        """How to let go of it again. Raises Unavailable."""
        with self._lock:
            if self._held and self._held + size > self._most:
                raise Unavailable(
                    "Too many large requests are under way.", code="overloaded", retry_after=2
                )
            self._held += size
        return partial(self._let_go, size)

    def _let_go(self, size: int) -> None:
        with self._lock:
            self._held -= size


def room(processes: int) -> int:
    """For the bodies of each of as many processes, in bytes."""
    return memory() // PART // processes


def memory() -> int:
    """What there is of it in this machine, or for this container."""
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for place in CONTAINER:
        with suppress(OSError, ValueError):  # there is none, or no limit
            most = min(most, int(place.read_text()))
    return most
