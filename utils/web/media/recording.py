"""Speech that is handed on while it arrives, and not lost with whoever hears it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from tempfile import SpooledTemporaryFile
from typing import IO

from utils.domain.spoken import Spoken
from utils.errors import RelayError
from utils.waiting import Waiting
from utils.web.calls.work import in_background
from utils.web.services.shutdown import Shutdown

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
            held = ExitStack()
            held.callback(self._end)
            held.enter_context(self._shutdown.awaiting())
            in_background(self._rest(), self._shutdown, held)

    def _rest(self) -> Waiting[None]:
        for _ in self.pieces:
            yield
        self._file.seek(0)
        self._keep(self._file)

    def _end(self) -> None:
        with closing(self._file):
            self._sound.close()
