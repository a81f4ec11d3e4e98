"""A hub, and a thread that takes its turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

from utils.loop import Hub

Carried = Callable[[Callable[[], Any]], Any]


@contextmanager
def running() -> Iterator[Hub]:
    """A hub, and a thread that takes its turns."""
    hub, over = Hub(), threading.Event()

    def run() -> None:
        while not over.is_set():
            hub.turn(0.25)
        hub.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield hub
    over.set()
    hub.ring()
    thread.join(5)


def carried_out(hub: Hub, function: Callable[[], Any]) -> Any:
    """What it returns, or raises, on the hub."""
    outcome: Queue[Any] = Queue()

    def run() -> None:
        try:
            outcome.put(function())
        except Exception as error:  # noqa: BLE001  # the test looks at it
            outcome.put(error)

    hub.add(run)
    value = outcome.get(timeout=10)
    if isinstance(value, Exception):
        raise value
    return value


def here() -> int:
    return threading.get_ident()
