"""One client's connection, with timers for slow ones."""

from __future__ import annotations

import socket
import time

from waitress.channel import HTTPChannel

from utils.web.serving.parsing import Request
from utils.web.serving.task import Refusal, Task

HEAD_SECONDS = 15
BODY_SECONDS = 30
BODY_RATE = 1024  # bytes a second that lengthen BODY_SECONDS: a big upload may take its time
IDLE_SECONDS = 75
LINGER_SECONDS = 5  # in which a client may stop sending what nobody reads


class Channel(HTTPChannel):  # type: ignore[misc]
    """waitress itself knows only one timer, which any byte resets."""

    parser_class = Request
    task_class = Task
    error_task_class = Refusal
    begun = 0.0  # when the request that is being read began
    taken = 0  # bytes of it
    close_when_flushed = False  # waitress' own
    refused = False  # a request, before it was read to its end
    lingers = False  # for nothing but the client's end
    _active = 0.0

    @property
    def last_activity(self) -> float:
        return self._active

    @last_activity.setter
    def last_activity(self, _: float) -> None:
        """waitress goes by the time of day, which may jump."""
        self._active = time.monotonic()

    def received(self, data: bytes) -> bool:
        if self.lingers:
            return False
        if self.request is None:
            self.begun, self.taken = time.monotonic(), 0
        self.taken += len(data)
        return bool(super().received(data))

    def write_soon(self, data: bytes) -> int:
        if not self.total_outbufs_len:
            self.last_activity = 0  # now: patience starts with something to read
        return int(super().write_soon(data))

    def handle_write(self) -> None:
        """If it was closed while the client sends, the client would be told of that alone, and
        not why it was refused.
        """
        if self.refused and self.close_when_flushed:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len:
                self.close_when_flushed, self.lingers = False, True
                self.begun = time.monotonic()
                self._flush_exception(self._end)
        super().handle_write()

    def _end(self, do_close: bool) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    @property
    def unasked(self) -> float:
        """Since when it asks for nothing that could be answered. Infinite while it does, or has
        not read an answer.
        """
        if self.requests or self.total_outbufs_len:
            return float("inf")
        return self.last_activity if self.request is None else self.begun

    @property
    def is_idle(self) -> bool:
        return self.request is None and not self.requests and not self.total_outbufs_len

    def is_overdue(self, now: float) -> bool:
        if self.lingers:
            return now - self.begun > LINGER_SECONDS
        if self.total_outbufs_len or self.is_idle:
            patience = float(IDLE_SECONDS)  # it does not read what we write, or says nothing
            since = self.last_activity
        elif self.requests:
            return False
        elif self.request.headers_finished:
            patience, since = BODY_SECONDS + self.taken / BODY_RATE, self.begun
        else:
            patience, since = HEAD_SECONDS, self.begun
        return now - since > patience
