"""How many calls may be under way at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import request

from utils import hubs
from utils.errors import Unavailable
from utils.web.services.services import Services

THREADS = 128  # for what the loop does not carry: runs, files, what operators ask
SLOW = re.compile(r"(?:/v1)?/(?:images|audio|videos)(?:/.*)?")  # made in minutes


@contextmanager
def seats(number: int, relay: Services) -> Iterator[None]:
    """As many of the THREADS seats, held while this lasts; what takes minutes has its own.

    Raises Unavailable when too few are free: to wait for one would be to queue without end.
    """
    free, taken = _free(relay), 0
    try:
        while taken < number:
            if not free.acquire(blocking=False):
                raise Unavailable(
                    "Too many calls are under way.", code="overloaded", retry_after=1
                )
            taken += 1
        yield
    finally:
        if taken:
            free.release(taken)


def _free(relay: Services) -> BoundedSemaphore:
    if not hubs.is_carried():
        return relay.thread_seats
    return relay.slow_seats if SLOW.fullmatch(request.path) else relay.seats
