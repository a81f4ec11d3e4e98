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
    """Forks `count` processes that each run `serve`, and replaces those that die."""

    def __init__(self, count: int, serve: Callable[[], None]) -> None:
        self._count = count
        self._serve = serve
        self._pids: set[int] = set()
        self._stopping = False
        self._lifeline = os.pipe()  # its writing end is ours alone, and closes when we die

    def run(self) -> None:
        """Until SIGTERM or SIGINT, passed on to the workers, and then until all have ended."""
        for number in STOPS:
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._fork()
        while self._pids:
            pid, status = os.wait()
            if pid not in self._pids:
                continue  # an orphan that process 1 was given
            self._pids.discard(pid)
            if not self._stopping:
                log.error("worker %d ended with %d", pid, os.waitstatus_to_exitcode(status))
                time.sleep(PAUSE)
                self._fork()

    def _fork(self) -> None:
        """Signals wait meanwhile: one must find every worker, and a worker its own handler."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        if not self._stopping:
            if pid := os.fork():
                self._pids.add(pid)
            else:
                self._work()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _work(self) -> None:
        """A worker's whole life."""
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        os.close(self._lifeline[1])
        Thread(target=self._outlive_nobody, daemon=True).start()
        try:
            self._serve()
        except BaseException:
            log.exception("a worker failed")
            os._exit(1)
        os._exit(0)

    def _outlive_nobody(self) -> None:
        os.read(self._lifeline[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in list(self._pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
