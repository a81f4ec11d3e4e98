"""One thread on which many calls are under way, each in a greenlet.

A greenlet is a function with a stack of its own. `switch()` leaves it where it stands; a later
switch, by whoever wakes it, goes on from there, and its argument is what the first one returns.
The thread runs them by turns: a `turn` starts what is new, resumes what was woken, polls, and
resumes whose socket is ready (with True) and whose time is up (with False). Nothing else
switches, so between two waits nobody else runs on this thread.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from queue import SimpleQueue
from typing import NamedTuple, TypeVar, cast

from greenlet import GreenletExit, getcurrent, greenlet
from greenlet._greenlet import enable_optional_cleanup

from utils.blocking import Threads
from utils.places import EDGES, INCOMING, READ, WRITE, Listener, Place, Waited

# Else, when a thread has ended, greenlet may search all memory for what still refers to it, in
# the main thread and amid whatever that does.
enable_optional_cleanup(False)

log = logging.getLogger(__name__)

T = TypeVar("T")

Socket = socket.socket  # a TLS socket is one, too

LOOKS = 0.05  # seconds between two looks at whose time is up
FAREWELL = 1  # second in which what is under way may end
TOLD = 16  # events that are looked at before what is new or was woken has its turn again
IDLE = 64  # greenlets that wait for more to carry
BLOCKED = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Carried(greenlet):
    """A call, and after it others: each new one would begin with memory of its own, mapped and
    given back.
    """

    hub: Hub
    wakes = 0  # how often it was woken: what was to wake it before that is out of date


class Wake(NamedTuple):
    whom: Carried
    wakes: int  # the how many-th time


def patient(sock: Socket, seconds: float) -> None:
    """Threads and hubs share the connections that are kept."""
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)


class Hub:
    """Its thread is the one that takes its turns."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._places: dict[int, Place[Carried]] = {self._bell: Listener(self._hear)}
        self._new: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._woken: deque[Wake] = deque()
        self._until: dict[Carried, float] = {}  # who waits, and how long at the most
        self._carried: set[Carried] = set()  # whose calls are not over
        self._idle: list[Carried] = []
        self._threads = Threads()
        self._thread = 0
        self._closed = False
        self._lock = threading.Lock()
        self._look_at = 0.0

    def add(self, function: Callable[[], object]) -> None:
        """From any thread."""
        self._new.put(function)
        self.ring()

    def wake(self, wake: Wake) -> None:
        """From any thread."""
        self._woken.append(wake)
        self.ring()

    def ring(self) -> None:
        """End the wait of the hub's thread, wherever this comes from."""
        if threading.get_ident() != self._thread:
            with self._lock:
                if not self._closed:
                    os.eventfd_write(self._bell, 1)

    def _hear(self, _: int) -> None:
        os.eventfd_read(self._bell)

    def listen(self, file: int, events: int, tell: Callable[[int], None]) -> None:
        """`tell` must not raise."""
        self._places[file] = Listener(tell)
        self._epoll.register(file, events)

    def change(self, file: int, events: int) -> None:
        self._epoll.modify(file, events)

    def forget(self, file: int) -> None:
        """Before the file is closed."""
        if isinstance(place := self._places.pop(file, None), Listener):
            place.forget()
            self._epoll.unregister(file)

    def turn(self, patience: float) -> None:
        """Let all go on that can; wait until one can, at most so many seconds. Always taken by
        the same thread.
        """
        self._thread = threading.get_ident()
        self._loop: greenlet = getcurrent()
        self._begin_new()
        self._go_on()
        # While these go on a file may be closed, and its number become another's.
        told = self._epoll.poll(self._patience(patience), TOLD)
        for place, events in [(self._places.get(file), events) for file, events in told]:
            if place and (waiter := place.happened(events)):
                self.resume(waiter, True)
        self._time()

    def close(self) -> None:
        """On the thread that took the turns. What is under way may end; what does not breaks
        off where it waits, and may let go of what it holds.
        """
        self._end()
        for carried in [*self._carried]:
            self.resume(carried, GreenletExit)
        self._end()
        self._idle.clear()
        with self._lock:
            self._closed = True
            self._epoll.close()
            os.close(self._bell)

    @property
    def is_busy(self) -> bool:
        """Whether it carries anything, or is about to."""
        return bool(self._carried) or not self._new.empty()

    def _end(self) -> None:
        until = time.monotonic() + FAREWELL
        while self.is_busy and time.monotonic() < until:
            self.turn(LOOKS)

    def pause(self, me: Carried, seconds: float) -> None:
        """Until somebody wakes it, at the latest after as long."""
        self._until[me] = time.monotonic() + seconds
        self._loop.switch()

    def receive(self, me: Carried, sock: Socket, most: int, seconds: float) -> bytes:
        place, until = self._waited(sock), time.monotonic() + seconds
        while True:
            if place.unread:
                try:
                    data = sock.recv(most)
                except BLOCKED:
                    place.unread = False
                else:
                    place.unread = len(data) == most or place.ended or place.tls
                    return data
            self._await(me, place, READ, until)

    def send(self, me: Carried, sock: Socket, data: memoryview, seconds: float) -> int:
        place, until = self._waited(sock), time.monotonic() + seconds
        while True:
            try:
                return sock.send(data)
            except ssl.SSLWantReadError:
                self._await(me, place, READ, until)
            except BLOCKED:
                self._epoll.modify(sock.fileno(), EDGES)
                self._await(me, place, WRITE, until)

    def block(self, function: Callable[[], object]) -> None:
        """On a thread, as long as it takes; nobody waits for it here."""
        self._threads.do(function)

    def elsewhere(self, me: Carried, function: Callable[[], T]) -> T:
        outcome: list[tuple[T | None, BaseException | None]] = []

        def work() -> None:
            told: tuple[T | None, BaseException | None]
            try:
                told = function(), None
            except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
                told = None, error
            wake = Wake(me, me.wakes)  # before it may go on, and to another call
            outcome.append(told)
            self.wake(wake)

        self._threads.do(partial(copy_context().run, work))
        while not outcome:  # an event from before may wake it, and put that wake out of date
            self.pause(me, LOOKS)
        me.wakes += 1  # or that wake, coming late, would end its next wait
        value, error = outcome[0]
        if error:
            raise error
        return cast(T, value)

    def resume(self, carried: Carried, what: bool | type[GreenletExit]) -> None:
        """With what it was told or is to raise. On the hub's own thread, and not from what it
        carries.
        """
        carried.wakes += 1
        self._until.pop(carried, None)
        if isinstance(what, bool):
            carried.switch(what)
        else:
            carried.throw(what)

    def _waited(self, sock: Socket) -> Waited[Carried]:
        file = sock.fileno()
        place = self._places.get(file)
        if not isinstance(place, Waited) or place.sock() is not sock:
            self._places[file] = place = Waited[Carried](sock)
            self._epoll.register(file, INCOMING)
        patient(sock, 0)
        return place

    def _await(self, me: Carried, place: Waited[Carried], events: int, until: float) -> None:
        """Raises TimeoutError."""
        place.waiter, place.wanted = me, events
        self._until[me] = until
        try:
            if not self._loop.switch():
                raise TimeoutError
        finally:
            place.waiter = None

    def _patience(self, most: float) -> float:
        if self._woken or not self._new.empty():
            return 0
        return min(LOOKS, most) if self._until else most

    def _time(self) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOKS
            for carried in [who for who, until in self._until.items() if until <= now]:
                self.resume(carried, False)

    def _begin_new(self) -> None:
        while not self._new.empty():
            carried = self._idle.pop() if self._idle else Carried(self._carry)
            carried.hub = self
            carried.gr_context = Context()
            self._carried.add(carried)
            carried.wakes += 1
            carried.switch()

    def _carry(self) -> None:
        """One after another, as long as this is kept for more. It is given none of them: it
        would hold the last one, and all of its request, while it waits.
        """
        me = cast(Carried, getcurrent())
        while True:
            _unfailing(self._new.get_nowait())
            self._carried.discard(me)
            if len(self._idle) >= IDLE:
                return
            self._idle.append(me)
            self._loop.switch()

    def _go_on(self) -> None:
        for _ in range(len(self._woken)):
            carried, wakes = self._woken.popleft()
            if carried.wakes == wakes and carried in self._carried:
                self.resume(carried, True)


def _unfailing(function: Callable[[], object]) -> None:
    try:
        function()
    except GreenletExit:
        pass
    except BaseException:
        log.exception("what a hub carried broke off")
