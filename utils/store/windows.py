"""What callers used in the last minutes, counted in Memcached."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock, Thread

from utils.domain.windows import MINUTE, Use, Window
from utils.errors import Unavailable
from utils.store.memcached import Server

KEPT = 2 * MINUTE  # seconds: a minute counts for as long as the one after it lasts
GATHER = 0.05  # seconds in which corrections gather
MOST = 30_000  # commands that wait; more are lost


class SharedWindows:
    """For all relays on one Memcached, whose clocks have to agree.

    A use is counted first and taken back if it was too much, so that of any number at once as
    many are granted as fit, and no more. Until it is taken back, a smaller one that would have
    fitted may be refused. `take` and `give_back` raise Unavailable.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = Lock()
        self._waiting: list[str] = []  # commands
        self._correcting: Thread | None = None
        self._some, self._closed = Event(), Event()

    def take(self, uses: Sequence[Use]) -> list[Window]:
        """Each of them, if it fits."""
        at = time.time()
        told = self._server.lines([command for use in uses for command in _counting(use, at)])
        windows = []
        for index, use in enumerate(uses):
            _, now, before = told[3 * index : 3 * index + 3]
            window = Window(use, before=_number(before), now=_number(now), at=at)
            if use.amount and window.used > use.limit:
                self.give_back(use, at)
                window = replace(window, now=window.now - use.amount, granted=False)
            windows.append(window)
        return windows

    def give_back(self, use: Use, at: float) -> None:
        """What was taken then."""
        self._server.lines([_giving_back(use, at)])

    def correct(self, use: Use, at: float, by: int) -> None:
        """What was taken then, whether it fits or not. Soon, with what others have to correct;
        it is lost if Memcached does not answer then.
        """
        changed = replace(use, amount=abs(by))
        commands = [_giving_back(changed, at)] if by < 0 else _counting(changed, time.time())
        with self._lock:
            if len(self._waiting) < MOST:
                self._waiting += commands
            if self._correcting is None:
                self._correcting = Thread(target=self._correct, daemon=True)
                self._correcting.start()
        self._some.set()

    def close(self) -> None:
        self._closed.set()
        self._some.set()
        if self._correcting:
            self._correcting.join(GATHER + 1)

    def _correct(self) -> None:
        while not self._closed.is_set():
            self._some.wait()
            self._closed.wait(GATHER)
            self._some.clear()
            self._send()
        self._send()

    def _send(self) -> None:
        with self._lock:
            commands, self._waiting = self._waiting, []
        if commands:
            with suppress(Unavailable):
                self._server.lines(commands)


def _counting(use: Use, at: float) -> list[str]:
    """A counter has to be there before it counts, and tells what it stands at by adding 0."""
    now = _key(use, at)
    return [
        f"add {now} 0 {KEPT} 1\r\n0",
        f"incr {now} {use.amount}",
        f"incr {_key(use, at - MINUTE)} 0",
    ]


def _giving_back(use: Use, at: float) -> str:
    return f"decr {_key(use, at)} {use.amount}"


def _key(use: Use, at: float) -> str:
    return f"relay:{use.kind}:{use.caller}:{int(at // MINUTE)}"


def _number(line: str) -> int:
    """What a counter stands at; it may be gone. Raises Unavailable for no answer to that."""
    if line.isdecimal():
        return int(line)
    if line == "NOT_FOUND":
        return 0
    raise Unavailable("Memcached could not count.")
