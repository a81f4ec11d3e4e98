"""Threads for what blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

LINGER = 1  # seconds that a thread waits for more


class Threads:
    """Daemons that block for others, as many as are needed at once."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._idle = 0  # that nothing was put there for
        self._lock = threading.Lock()

    def do(self, function: Callable[[], object]) -> None:
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                Thread(target=self._serve, daemon=True).start()
        self._work.put(function)

    def _serve(self) -> None:
        while True:
            try:
                self._work.get(timeout=LINGER)()
            except Empty:
                with self._lock:
                    if self._idle:
                        self._idle -= 1
                        return
                    continue  # something is on its way
            with self._lock:
                self._idle += 1
