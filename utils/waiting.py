"""Several waits at once."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from contextlib import closing
from contextvars import copy_context
from functools import partial
from threading import Event, Lock
from typing import Generic, TypeVar

from utils import hubs
from utils.errors import RelayError

T = TypeVar("T")

# Yields at each moment in which whoever waits may leave, and returns what was waited for.
Waiting = Generator[None, None, T]

TICK = 0.25  # seconds


def together(waits: Iterable[Waiting[T]], most: int) -> Waiting[list[T]]:
    """What each wait returns, in their order; `most` of them are under way at a time.

    The first failure ends the others, and is raised; so does closing this. Neither waits for
    them: their threads are daemons, and see it at their next moment of silence.
    """
    begun = [(waiting, Future[T]()) for waiting in waits]
    results = [result for _, result in begun]
    left, over, told = deque(begun), Event(), hubs.Event()
    try:
        for _ in range(min(most, len(begun))):
            work = copy_context().run  # so that what it logs bears the request's id
            hubs.begin(partial(work, _work, left, over, told))
        while True:
            told.clear()
            _raise_first([result for result in results if result.done()])
            if all(result.done() for result in results):
                return [result.result() for result in results]
            told.wait(TICK)
            yield
    finally:
        over.set()


def settled(waits: Iterable[Waiting[T]], most: int) -> Waiting[list[T | RelayError]]:
    """As `together`, but what is under way when one fails comes to its end, and no more is
    begun: for what is paid for.
    """
    failures: list[RelayError] = []

    def outcome(waiting: Waiting[T]) -> Waiting[T | RelayError]:
        if failures:
            return failures[0]
        try:
            return (yield from waiting)
        except RelayError as error:
            failures.append(error)
            return error

    return (yield from together(map(outcome, waits), most))


def silence(waiting: Waiting[T]) -> Generator[tuple[()], None, T]:
    """A wait as a part of an answer: each moment of silence is an empty batch."""
    with closing(waiting):
        while True:
            try:
                next(waiting)
            except StopIteration as end:
                value: T = end.value
                return value
            yield ()


def paused(seconds: float) -> Waiting[None]:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        hubs.sleep(min(left, TICK))
        yield


class Mailbox(Generic[T]):
    """What several send to one, who reads it on a thread or on a hub."""

    def __init__(self, most: float = math.inf) -> None:
        """`most` of them may wait for their reader."""
        self._most = most
        self._sent: deque[T] = deque()
        self._filled, self._emptied = hubs.Event(), hubs.Event()
        self._lock = Lock()

    def put(self, sent: T, seconds: float = 0) -> bool:
        """Whether there was room for it, at the latest after as long."""
        while not self._taken(sent):
            if not self._emptied.wait(seconds):
                return False
        self._filled.set()
        return True

    def _taken(self, sent: T) -> bool:
        with self._lock:
            if len(self._sent) < self._most:
                self._sent.append(sent)
                return True
            self._emptied.clear()
        return False

    def get(self, seconds: float) -> T:
        """Raises TimeoutError when nothing was sent for as long."""
        self._filled.clear()
        if not self._sent:
            self._filled.wait(seconds)
        if not self._sent:
            raise TimeoutError
        with self._lock:  # or whoever finds it full could miss that it no longer is
            sent = self._sent.popleft()
            self._emptied.set()
        return sent


def _raise_first(done: list[Future[T]]) -> None:
    for result in done:
        if error := result.exception():
            raise error


def _work(left: deque[tuple[Waiting[T], Future[T]]], over: Event, told: hubs.Event) -> None:
    while left and not over.is_set():
        try:
            waiting, result = left.popleft()
        except IndexError:  # another thread was faster
            return
        _waited(waiting, result, over)
        told.set()


def _waited(waiting: Waiting[T], result: Future[T], over: Event) -> None:
    try:
        with closing(waiting):
            while not over.is_set():
                next(waiting)
    except StopIteration as end:
        result.set_result(end.value)
    except BaseException as error:  # noqa: BLE001  # it is raised where the result is awaited
        result.set_exception(error)
