"""Several processes behind one socket."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import FrameType

log = logging.getLogger(__name__)

PAUSE = 1  # seconds before a worker that died is replaced, so that a broken one cannot spin
STOPS = (signal.SIGTERM, signal.SIGINT)


class Workers:
    """Forks `count` processes that each run `serve`, and replaces those that die. `serve` is
    given a number below `count` that no other living one has.
    """

    def __init__(self, count: int, serve: Callable[[int], None]) -> None:
        self._count = count
        self._serve = serve
        self._numbers: dict[int, int] = {}  # by process
        self._stopping = False
        self._lifeline = os.pipe()  # its writing end is ours alone, and closes when we die

    def run(self) -> None:
        """Until SIGTERM or SIGINT, passed on to the workers, and then until all have ended."""
        for stop in STOPS:
            signal.signal(stop, self._stop)
        signal.signal(signal.SIGHUP, self._pass_on)
        for number in range(self._count):
            self._fork(number)
        while self._numbers:
            pid, status = os.wait()
            if pid not in self._numbers:
                continue  # an orphan that process 1 was given
            number = self._numbers.pop(pid)
            if not self._stopping:
                log.error("worker %d ended with %d", pid, os.waitstatus_to_exitcode(status))
                time.sleep(PAUSE)
                self._fork(number)

    def _fork(self, number: int) -> None:
        """Signals wait meanwhile: one must find every worker, and a worker its own handler."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        if not self._stopping:
            if pid := os.fork():
                self._numbers[pid] = number
            else:
                self._work(number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _work(self, number: int) -> None:
        """A worker's whole life."""
        for stop in STOPS:
            signal.signal(stop, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        os.close(self._lifeline[1])
        Thread(target=self._outlive_nobody, daemon=True).start()
        try:
            self._serve(number)
        except BaseException:
            log.exception("a worker failed")
            os._exit(1)
        os._exit(0)

    def _outlive_nobody(self) -> None:
        os.read(self._lifeline[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        self._pass_on(signal.SIGTERM, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        for pid in list(self._numbers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
