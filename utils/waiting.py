"""Several waits at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import closing
from contextvars import copy_context
from functools import partial
from threading import Event
from typing import TypeVar

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
    left, over = deque(begun), Event()
    try:
        for _ in range(min(most, len(begun))):
            work = copy_context().run  # so that what it logs bears the request's id
            hubs.begin(partial(work, _work, left, over))
        while True:
            _await(results)
            _raise_first([result for result in results if result.done()])
            if all(result.done() for result in results):
                return [result.result() for result in results]
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


def _await(results: Sequence[Future[T]]) -> None:
    """For a TICK at the most."""
    if not hubs.is_carried():
        wait(results, TICK, FIRST_EXCEPTION)
    elif not all(result.done() for result in results):
        hubs.sleep(hubs.LOOKS)


def _raise_first(done: list[Future[T]]) -> None:
    for result in done:
        if error := result.exception():
            raise error


def _work(left: deque[tuple[Waiting[T], Future[T]]], over: Event) -> None:
    while left and not over.is_set():
        try:
            waiting, result = left.popleft()
        except IndexError:  # another thread was faster
            return
        _waited(waiting, result, over)


def _waited(waiting: Waiting[T], result: Future[T], over: Event) -> None:
    try:
        with closing(waiting):
            while not over.is_set():
                next(waiting)
    except StopIteration as end:
        result.set_result(end.value)
    except BaseException as error:  # noqa: BLE001  # it is raised where the result is awaited
        result.set_exception(error)
