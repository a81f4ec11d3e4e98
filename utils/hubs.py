"""Where code waits: for a socket, for something to happen, for what blocks.

On a hub (`utils.loop`) whoever waits lets the other calls go on; what it does in between holds
them up. On any other thread the same questions simply block.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TypeVar

from greenlet import getcurrent

from utils.loop import LOOKS, Carried, Socket, Wake, patient

T = TypeVar("T")


def receive(sock: Socket, most: int, seconds: float) -> bytes:
    """What has come, at most so many bytes; nothing at the end. Raises OSError, TimeoutError
    too when nothing has for as long.
    """
    me = getcurrent()
    if isinstance(me, Carried):
        return me.hub.receive(me, sock, most, seconds)
    patient(sock, seconds)
    return sock.recv(most)


def send(sock: Socket, data: memoryview, seconds: float) -> int:
    """How much of it was taken. Raises as `receive` does."""
    me = getcurrent()
    if isinstance(me, Carried):
        return me.hub.send(me, sock, data, seconds)
    patient(sock, seconds)
    return sock.send(data)


def is_quiet(sock: Socket) -> bool:
    """Whether there is nothing to read, not even the end. It takes nothing, of TLS neither."""
    patient(sock, 0)
    try:
        socket.socket.recv(sock, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def sleep(seconds: float) -> None:
    """On a hub, LOOKS longer at the most."""
    me = getcurrent()
    if isinstance(me, Carried):
        me.hub.pause(me, seconds)
    else:
        time.sleep(seconds)


def is_carried() -> bool:
    return isinstance(getcurrent(), Carried)


def begin(function: Callable[[], object]) -> None:
    """Beside whoever asks: on the same hub, or on a thread."""
    me = getcurrent()
    if isinstance(me, Carried):
        me.hub.add(function)
    else:
        Thread(target=function, daemon=True).start()


def elsewhere(function: Callable[..., T], *arguments: object) -> T:
    """What a function returns that blocks: on a hub, on a thread of its own, so that only its
    caller waits.
    """
    me = getcurrent()
    if not isinstance(me, Carried):
        return function(*arguments)
    return me.hub.elsewhere(me, partial(function, *arguments))


def at_most(seconds: float, function: Callable[[], T], unwanted: Callable[[], object]) -> T:
    """What a function returns that blocks, maybe for longer than anybody waits: then it raises
    TimeoutError. What it has made is `unwanted`, as soon as it is over, if it failed or took
    too long.
    """
    outcome, over = Future[T](), Event()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
            outcome.set_exception(error)
        over.set()

    me = getcurrent()
    if isinstance(me, Carried):
        me.hub.block(work)
    else:
        Thread(target=work, daemon=True).start()
    try:
        if not over.wait(seconds):
            raise TimeoutError
        return outcome.result()
    except BaseException:
        outcome.add_done_callback(lambda _: unwanted())
        raise


class Event(threading.Event):
    """Also for whoever waits on a hub. It is set from anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self._carried: list[Wake] = []

    def set(self) -> None:
        super().set()
        with suppress(IndexError):  # several may set it at once
            while True:
                wake = self._carried.pop()
                wake.whom.hub.wake(wake)

    def wait(self, timeout: float | None = None) -> bool:
        me = getcurrent()
        if not isinstance(me, Carried):
            return super().wait(timeout)
        assert timeout is not None  # nobody waits on a hub without end
        wake = Wake(me, me.wakes)
        self._carried.append(wake)
        if self.is_set():
            me.wakes += 1  # or whoever has set it would wake it from its next wait
        else:
            me.hub.pause(me, timeout)
        with suppress(ValueError):  # it was set
            self._carried.remove(wake)
        return self.is_set()


class Lock:
    """One that may be held while its holder waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = Event()
        self._wanted: list[None] = []  # one for each that waits

    def __enter__(self) -> None:
        if self._lock.acquire(blocking=False):
            return
        self._wanted.append(None)
        try:
            self._free.clear()
            while not self._lock.acquire(blocking=False):
                self._free.wait(LOOKS)
                self._free.clear()
        finally:
            self._wanted.pop()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if self._wanted:  # who wants it from now on tries once more before waiting
            self._free.set()
