"""relay.yaml, read anew whenever it says something else."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from utils.config import ConfigError
from utils.relay_file import RelayFile

log = logging.getLogger(__name__)

LOOK_SECONDS = 2  # between two looks at the file
WRITING_SECONDS = 0.1  # in which somebody who writes it writes some more


class Reloading:
    """A file that is wrong, or gone, changes nothing."""

    def __init__(
        self,
        path: Path,
        used: RelayFile,
        load: Callable[[], RelayFile],
        use: Callable[[RelayFile], None],
    ) -> None:
        """`load` raises ConfigError for a file that is wrong. `used` may have been read long
        ago, before a process was replaced.
        """
        self._path = path
        self._used = used
        self._load = load
        self._use = use
        self._asked: SimpleQueue[None] = SimpleQueue()
        self._seen = b""

    def watch(self) -> None:
        """In the background, without end."""
        Thread(target=self._watch, name="relay.yaml", daemon=True).start()

    def now(self, *_: object) -> None:
        """Also a signal handler: somebody says that it has changed, or what it refers to. One
        may come amid another, where an Event would wait for its own lock.
        """
        self._seen = b""
        self._asked.put(None)

    def look(self) -> None:
        """Use it if it has changed."""
        digest = self._digest()
        while digest not in (self._seen, b"") and digest != (after := self._after_a_moment()):
            digest = after  # it is being written
        if digest in (self._seen, b""):
            return
        self._seen = digest
        try:
            file = self._load()
            if file != self._used:
                self._use(file)
                self._used = file
                log.info("relay.yaml was read anew")
        except ConfigError as error:
            log.error("%s; what it said before stays in use", error)
        except Exception:
            log.exception("relay.yaml cannot be used, and stays as it was")

    def _watch(self) -> None:
        while True:
            with suppress(Empty):
                self._asked.get(timeout=LOOK_SECONDS)
                while True:
                    self._asked.get_nowait()
            self.look()

    def _after_a_moment(self) -> bytes:
        time.sleep(WRITING_SECONDS)
        return self._digest()

    def _digest(self) -> bytes:
        """Empty where there is none to read."""
        try:
            return hashlib.sha256(self._path.read_bytes()).digest()
        except OSError:
            return b""
