"""Several processes behind one socket."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import FrameType

from utils.web.serving import signals
from utils.web.serving.signals import STOPS

log = logging.getLogger(__name__)

PAUSE = 1  # seconds before a worker that died is replaced, so that a broken one cannot spin


class Workers:
    """Forks `count` processes that each run `serve`, and replaces those that die. `serve` is
    given a number below `count` that no other living one has, and heeds signals when it can.
    They share `place`, which is closed when the last of them closes it.
    """

    def __init__(self, count: int, serve: Callable[[int], None], place: socket.socket) -> None:
        self._count = count
        self._place = place
        self._serve = serve
        self._numbers: dict[int, int] = {}  # by process
        self._stopping = False
        self._lifeline = os.pipe()  # its writing end is ours alone, and closes when we die

    def run(self) -> None:
        """Until SIGTERM or SIGINT, passed on to the workers, and then until all have ended."""
        for stop in STOPS:
            signal.signal(stop, self._stop)
        signal.signal(signal.SIGHUP, self._pass_on)
        signals.hold()
        for number in range(self._count):
            self._fork(number)
        signals.heed()
        while self._numbers:
            pid, status = os.wait()
            if pid not in self._numbers:
                continue  # an orphan that process 1 was given
            number = self._numbers.pop(pid)
            if not self._stopping:
                log.error("worker %d ended with %d", pid, os.waitstatus_to_exitcode(status))
                time.sleep(PAUSE)
                signals.hold()
                if not self._stopping:
                    self._fork(number)
                signals.heed()

    def _fork(self, number: int) -> None:
        """While signals wait: one must find every worker, and a worker its own handlers."""
        if pid := os.fork():
            self._numbers[pid] = number
        else:
            self._work(number)

    def _work(self, number: int) -> None:
        """A worker's whole life."""
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
        self._place.close()
        self._pass_on(signal.SIGTERM, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        for pid in list(self._numbers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
