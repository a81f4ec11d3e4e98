"""Threads on which many waits are under way: whoever waits on one lets the others go on.

What runs there is ordinary code in a greenlet of its own. It asks here to wait; what it does
in between holds the others up. On any other thread the same questions simply block.
"""

from __future__ import annotations

import heapq
import logging
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, TypeVar, cast

from greenlet import GreenletExit, getcurrent, greenlet

log = logging.getLogger(__name__)

T = TypeVar("T")

Socket = socket.socket  # a TLS socket is one, too


LOOKS = 0.05  # seconds between two looks at what cannot wake anybody
FAREWELL = 2  # seconds for what breaks off


class _Carried(greenlet):
    hub: Hub
    wakes = 0  # how often it was woken: what was to wake it before that is out of date


def readable(sock: Socket, seconds: float) -> bool:
    """Whether something can be read, at the latest after as long. On a thread that is no hub
    it does not look: reading blocks there.
    """
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    return _ready(sock, selectors.EVENT_READ, seconds)


def writable(sock: Socket, seconds: float) -> bool:
    return _ready(sock, selectors.EVENT_WRITE, seconds)


def sleep(seconds: float) -> None:
    me = getcurrent()
    if isinstance(me, _Carried):
        me.hub.pause(me, seconds)
    else:
        time.sleep(seconds)


def happened(event: Event, seconds: float) -> bool:
    """Whether it is set, at the latest after as long."""
    if not is_carried():
        return event.wait(seconds)
    if not event.is_set():
        sleep(min(LOOKS, seconds))
    return event.is_set()


def is_carried() -> bool:
    return isinstance(getcurrent(), _Carried)


def begin(function: Callable[[], object]) -> None:
    """Beside whoever asks: on the same hub, or on a thread."""
    me = getcurrent()
    if isinstance(me, _Carried):
        me.hub.add(function)
    else:
        Thread(target=function, daemon=True).start()


def elsewhere(function: Callable[..., T], *arguments: object) -> T:
    """What a function returns that blocks: on a hub, on a thread of its own, so that only its
    caller waits.
    """
    me = getcurrent()
    if not isinstance(me, _Carried):
        return function(*arguments)
    return me.hub.elsewhere(me, partial(function, *arguments))


def _ready(sock: Socket, events: int, seconds: float) -> bool:
    me = getcurrent()
    return not isinstance(me, _Carried) or me.hub.watch(me, sock, events, seconds)


_Wake = tuple[_Carried, int, object]  # whom, the how many-th time, and why


class Hub:
    """Its thread runs from its first work until it is closed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._new: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._ready: deque[_Wake] = deque()
        self._timers: list[tuple[float, int, _Wake]] = []
        self._numbers = count()
        self._loop: greenlet | None = None
        self._carried: set[_Carried] = set()  # that are not over
        self._closed = False
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, function: Callable[[], object]) -> None:
        """From any thread."""
        self._new.put(function)
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = self._started()
        self._ring()

    def close(self) -> None:
        """What is under way breaks off where it waits."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread:
            self._ring()
            thread.join(FAREWELL)

    def _started(self) -> Thread:
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        for end in (self._bell, self._ringer):
            end.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        thread = Thread(target=self._run, name=self._name, daemon=True)
        thread.start()
        return thread

    def pause(self, me: _Carried, seconds: float) -> None:
        self._wake_after(me, seconds)
        self._switch()

    def watch(self, me: _Carried, sock: Socket, events: int, seconds: float) -> bool:
        file = sock.fileno()
        self._selector.register(file, events, (me, me.wakes))
        self._wake_after(me, seconds)
        try:
            return self._switch() is not None
        finally:
            self._selector.unregister(file)

    def elsewhere(self, me: _Carried, function: Callable[[], T]) -> T:
        outcome: list[tuple[T | None, BaseException | None]] = []
        wake: _Wake = me, me.wakes, None

        def work() -> None:
            try:
                outcome.append((function(), None))
            except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
                outcome.append((None, error))
            self.add(lambda: self._ready.append(wake))

        Thread(target=copy_context().run, args=(work,), daemon=True).start()
        self._switch()
        value, error = outcome[0]
        if error:
            raise error
        return cast(T, value)

    def _wake_after(self, me: _Carried, seconds: float) -> None:
        until = time.monotonic() + seconds
        heapq.heappush(self._timers, (until, next(self._numbers), (me, me.wakes, None)))

    def _switch(self) -> object:
        assert self._loop
        return self._loop.switch()

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already, or nobody is there any more
            self._ringer.send(b"!")

    def _run(self) -> None:
        self._loop = getcurrent()
        with self._selector, self._bell, self._ringer:
            while not self._closed:
                self._begin_new()
                self._go_on()
                for key, _ in self._selector.select(self._patience()):
                    if key.data is None:
                        self._bell.recv(4096)
                    else:
                        self._ready.append((*key.data, key))
                self._time()
            for carried in [*self._carried]:
                carried.throw(GreenletExit)

    def _patience(self) -> float | None:
        if self._ready or not self._new.empty():
            return 0
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _time(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            self._ready.append(heapq.heappop(self._timers)[-1])

    def _begin_new(self) -> None:
        while not self._new.empty():
            carried = _Carried(_unfailing(self._new.get()))
            carried.hub = self
            self._carried.add(carried)
            self._ready.append((carried, carried.wakes, None))

    def _go_on(self) -> None:
        for _ in range(len(self._ready)):
            carried, wakes, why = self._ready.popleft()
            if carried.wakes == wakes:
                carried.wakes += 1
                carried.switch(why)
                if carried.dead:
                    self._carried.discard(carried)


def _unfailing(function: Callable[[], object]) -> Callable[[Any], None]:
    def run(_: Any) -> None:
        try:
            function()
        except GreenletExit:
            pass
        except BaseException:
            log.exception("what a hub carried broke off")

    return run
