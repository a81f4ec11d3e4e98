"""Speech that is handed on while it arrives, and not lost with whoever hears it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from contextvars import copy_context
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from utils import hubs
from utils.domain.spoken import Spoken
from utils.errors import RelayError
from utils.web.services.shutdown import Shutdown

log = logging.getLogger(__name__)

IN_MEMORY = 2**20  # bytes of speech, before it goes to the disk

Keep = Callable[[IO[bytes]], None]  # what becomes of a sound that nobody waits for any more


class Recording:
    """A sound on its way. Closed before its end, it goes on to arrive in the background, and
    is kept then.
    """

    def __init__(self, sound: Spoken, keep: Keep, shutdown: Shutdown) -> None:
        self._sound = sound
        self._keep = keep
        self._shutdown = shutdown
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  `close` does it
        self._over = False

    @property
    def size(self) -> int | None:
        return self._sound.size

    @property
    def pieces(self) -> Iterator[bytes]:
        """Raises RelayError."""
        try:
            for piece in self._sound.pieces:
                self._file.write(piece)
                yield piece
        except RelayError:
            self._over = True  # there is nothing whole to be kept
            raise
        self._over = True

    def close(self) -> None:
        if self._over:
            self._end()
        else:
            self._over = True
            hubs.begin(partial(copy_context().run, self._go_on))

    def _go_on(self) -> None:
        try:
            with self._shutdown.awaiting():
                for _ in self.pieces:
                    self._shutdown.check()
                self._file.seek(0)
                self._keep(self._file)
        except RelayError as error:
            log.warning("speech that nobody waits for came to nothing: %s", error.code)
        except Exception:
            log.exception("speech that nobody waits for broke off")
        finally:
            self._end()

    def _end(self) -> None:
        with closing(self._file):
            self._sound.close()
