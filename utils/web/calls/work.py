"""Calls that are no chat: a client waits for what they come to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from contextvars import copy_context
from functools import partial
from itertools import chain
from typing import TypeVar

from flask import Response

from utils import hubs
from utils.errors import ClientLeft, RelayError
from utils.waiting import Waiting
from utils.web.calls.calls import Call, call
from utils.web.calls.seats import seats
from utils.web.calls.streams import unbroken
from utils.web.http.reply import event_stream
from utils.web.http.request import has_left
from utils.web.services.services import Services, services
from utils.web.services.shutdown import Shutdown
from utils.wire.comments import HEARTBEAT

log = logging.getLogger(__name__)

T = TypeVar("T")

Keep = Callable[[T], Waiting[None]]  # what becomes of work that nobody waits for any more
Attended = Generator[T | None]  # None for each moment of silence, and what it came to, last


def done(work: Waiting[T]) -> T:
    """What it returns. Raises ClientLeft, after which the work is given up, and Unavailable."""
    relay, wait = services(), _while_wanted(work, services(), has_left())
    with closing(work), seats(1, relay):
        while True:
            try:
                next(wait)
            except StopIteration as end:
                value: T = end.value
                return value


def finished(work: Waiting[T], keep: Keep[T]) -> T:
    """What it returns: for work that is paid for. When the client leaves, this raises
    ClientLeft, and the work goes on in the background until `keep` has what it came to.
    """
    for value in attended(work, keep):
        if value is not None:
            return value
    raise AssertionError("work returns something")


def streamed(
    attended: Attended[T],
    frames: Callable[[T], Iterator[bytes]],
    failed: Callable[[RelayError], bytes],
) -> Response:
    """What it comes to, told in events. Until the status must leave, a failure is a status."""
    config = services().config
    patience = time.monotonic() + config.stream_commit_seconds
    first: T | None = None
    for first in attended:
        if first is not None or time.monotonic() > patience:
            break
    told = _frames(chain([first], attended), frames, config.stream_heartbeat_seconds)
    response = event_stream(unbroken(told, failed, call()))
    response.call_on_close(attended.close)
    return response


def attended(work: Waiting[T], keep: Keep[T]) -> Attended[T]:
    """The work in a seat of its own, which it keeps in the background: so many that were left
    alone, so many fewer others. Closing this leaves it alone.
    """
    return _attended(work, keep, call(), has_left())


def _attended(
    work: Waiting[T], keep: Keep[T], made: Call, left: Callable[[], bool]
) -> Attended[T]:
    relay = services()
    with ExitStack() as held:
        held.enter_context(closing(work))
        held.enter_context(seats(1, relay))
        # From now on, for when the client leaves its connection is gone before we know.
        held.enter_context(relay.shutdown.awaiting())
        try:
            value = yield from _while_wanted(work, relay, left)
            if left():
                work = _over(value)
                raise ClientLeft("The client left.")
        except (ClientLeft, GeneratorExit):
            made.leave()
            made.keep()
            held.callback(made.close)
            in_background(_kept(work, keep), relay.shutdown, held.pop_all())
            raise
    yield value


def _while_wanted(
    work: Waiting[T], relay: Services, left: Callable[[], bool]
) -> Generator[None, None, T]:
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value
        if left():
            raise ClientLeft("The client left.")
        relay.shutdown.check()
        yield


def _over(value: T) -> Waiting[T]:
    """Work that is done."""
    yield from ()
    return value


def in_background(kept: Waiting[None], shutdown: Shutdown, held: ExitStack) -> None:
    """What nobody waits for any more. Everything held is the background's from here on."""
    hubs.begin(partial(copy_context().run, _go_on, kept, shutdown, held))


def _go_on(kept: Waiting[None], shutdown: Shutdown, held: ExitStack) -> None:
    with held, closing(kept):
        try:
            for _ in kept:
                shutdown.check()
        except RelayError as error:
            log.warning("what nobody waits for any more came to nothing: %s", error.code)
        except Exception:
            log.exception("what nobody waits for any more broke off")


def _kept(work: Waiting[T], keep: Keep[T]) -> Waiting[None]:
    yield from keep((yield from work))


def _frames(
    values: Iterator[T | None], frames: Callable[[T], Iterator[bytes]], heartbeat: float
) -> Iterator[bytes]:
    last = float("-inf")
    for value in values:
        if value is not None:
            yield from frames(value)
        elif time.monotonic() - last >= heartbeat:
            yield HEARTBEAT
            last = time.monotonic()
