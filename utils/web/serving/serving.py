"""waitress, with timers for slow clients and an orderly end."""

from __future__ import annotations

import errno
import logging
import resource
import socket
import sys
import time
from contextlib import suppress
from typing import Any

import orjson
from flask import Flask
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error

from utils import hubs
from utils.config import Config
from utils.web.http.errors import of_status
from utils.web.http.log import new_request_id
from utils.web.services.shutdown import Shutdown
from utils.web.serving.task import Task
from utils.wire.errors import openai_error

log = logging.getLogger(__name__)

HEAD_SECONDS = 15
BODY_SECONDS = 30
BODY_RATE = 1024  # bytes a second that lengthen BODY_SECONDS: a big upload may take its time
IDLE_SECONDS = 75
DRAIN_SECONDS = 30
IMPATIENT_SECONDS = 1
TURN_SECONDS = 0.25
FAREWELL_SECONDS = 3  # for the error events of what was cut off
LEAD_SECONDS = 1  # in which a busy relay that stops still takes new clients
LINGER_SECONDS = 0.3  # for which it then hears the others: something may be on its way
SPARE_THREADS = 8  # for health checks and refusals while all seats are taken
BACKLOG = 1024


class Refusal(ErrorTask):  # type: ignore[misc]
    """HTTP that waitress cannot read. It would quote the line it stumbled over."""

    def execute(self) -> None:
        fault = self.request.error
        body = orjson.dumps(openai_error(of_status(fault.code, fault.reason)))
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers += [
            ("Content-Type", "application/json"),
            ("x-request-id", new_request_id()),
        ]
        self.content_length = len(body)
        self.set_close_on_finish()
        self.write(body)


class NoRoom(Error):  # type: ignore[misc]
    """For a large body, which waits in a file until all of it has come."""

    code = 503
    reason = "Service Unavailable"


class Nowhere(OverflowableBuffer):  # type: ignore[misc]
    """Where the rest of such a body goes: a client that still writes would not read why."""

    def append(self, data: bytes) -> None:
        pass


class Channel(HTTPChannel):  # type: ignore[misc]
    """One client's connection. waitress itself knows only one timer, which any byte resets."""

    task_class = Task
    error_task_class = Refusal
    begun = 0.0  # when the request that is being read began
    taken = 0  # bytes of it
    _active = 0.0

    @property
    def last_activity(self) -> float:
        return self._active

    @last_activity.setter
    def last_activity(self, _: float) -> None:
        """waitress goes by the time of day, which may jump."""
        self._active = time.monotonic()

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.begun, self.taken = time.monotonic(), 0
        self.taken += len(data)
        try:
            return bool(super().received(data))
        except OSError as error:
            log.error("a body could not be kept: %s", error.strerror)
            self.request.error = NoRoom("")
            self.request.body_rcv.buf = Nowhere(0)
            return bool(super().received(data))

    def write_soon(self, data: bytes) -> int:
        if not self.total_outbufs_len:
            self.last_activity = 0  # now: patience starts with something to read
        return int(super().write_soon(data))

    @property
    def is_idle(self) -> bool:
        return self.request is None and not self.requests and not self.total_outbufs_len

    def is_overdue(self, now: float) -> bool:
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


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Serves `app` on a socket that is bound already, so that processes can share it: each
    call on a thread.
    """

    channel_class = Channel

    def __init__(
        self, app: Flask, config: Config, listener: socket.socket, shutdown: Shutdown
    ) -> None:
        adjustments = Adjustments(
            sockets=[listener],
            threads=self._threads(config) + SPARE_THREADS,
            connection_limit=_connection_limit(config.threads),
            backlog=BACKLOG,
            channel_request_lookahead=1,  # or a client's leaving goes unseen until we write
            asyncore_use_poll=True,
            max_request_body_size=(config.max_body_mb + 1) * 2**20,  # Flask's 413 comes first
            outbuf_high_watermark=2**20,
            clear_untrusted_proxy_headers=False,  # nobody reads them but TRUSTED_PROXIES
            ident=None,
        )
        place = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            app, _sock=listener, adj=adjustments, sockinfo=place, bind_socket=False
        )
        self._shutdown = shutdown
        self._told = self._until = float("inf")
        self._checked = self._refused = self._full_until = 0.0

    def _threads(self, config: Config) -> int:
        return config.threads

    def accept(self) -> Any:
        """With no descriptor left those who wait still do, and the loop would never rest."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._full_until = time.monotonic() + TURN_SECONDS
            raise

    def readable(self) -> bool:
        """Whether new clients may come."""
        return bool(super().readable()) and time.monotonic() >= self._full_until

    def maintenance(self, now: float) -> None:
        """waitress calls this while it gathers sockets to poll. A channel closed then could
        hand its descriptor to a new client, which would be closed for it; so `run` does it.
        """

    def _close_overdue(self) -> None:
        now = time.monotonic()
        if now - self._checked < 1:
            return
        self._checked = now
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(now):
                channel.handle_close()

    def run(self) -> None:
        """Serve until stopped; then until all that is under way has ended, or DRAIN_SECONDS
        have. Closes the listener.
        """
        told = False
        while not self._is_done():
            self._turn(LINGER_SECONDS / 6 if self.is_stopping else TURN_SECONDS)
            self._close_overdue()
            if self.is_stopping:
                self._wind_down()
            if self.is_stopping and self._is_busy and not told:  # no handler may log
                told = True
                log.warning("stopping: what is under way has %d seconds", DRAIN_SECONDS)
        self.close()
        for channel in list(self.active_channels.values()):
            channel.handle_close()
        self.task_dispatcher.shutdown(timeout=1)

    @property
    def is_stopping(self) -> bool:
        """Every answer says so from now on, and ends its connection: whoever keeps some for
        later would send a call into one just as it is closed, and nobody may send it again.
        """
        return self._shutdown.announced

    def _wind_down(self) -> None:
        """When nobody new is let in any more, those leave who have nothing to say."""
        now = time.monotonic()
        if self.accepting:
            if now - self._told > LEAD_SECONDS or not self._is_busy:
                self._let_in_the_last()
                self._refused = now
            return
        for channel in list(self.active_channels.values()):
            lingered = now - max(self._refused, channel.last_activity) > LINGER_SECONDS
            if channel.is_idle and lingered and hubs.is_quiet(channel.socket):
                channel.handle_close()

    def _let_in_the_last(self) -> None:
        """Whoever the system has let in already. Others are refused from now on, which tells
        them that nothing of theirs was read, so they can go to another relay.
        """
        before = -1
        while before < len(self.active_channels):
            before = len(self.active_channels)
            self.handle_accept()
        self.accepting = False
        self.del_channel()
        self.socket.close()

    def _turn(self, patience: float) -> None:
        """Read and write what can be, at most after as long."""
        self.asyncore.loop(timeout=patience, map=self._map, use_poll=True, count=1)

    def stop(self, *_: object) -> None:
        """Also a signal handler. A second call a while later does not wait: the first may come
        twice, from whoever stops the process and all its group.
        """
        now = time.monotonic()
        if not self.is_stopping:
            self._shutdown.announced = True
            self._told, self._until = now, now + DRAIN_SECONDS
        elif now - self._told > IMPATIENT_SECONDS:
            self._until = now
        with suppress(OSError):  # the loop has ended meanwhile
            self.pull_trigger()

    def _is_done(self) -> bool:
        if not self.is_stopping:
            return False
        over = time.monotonic() - self._until
        self._shutdown.due = over >= 0
        ended = not (self.accepting or self.active_channels or self._is_busy)
        return over >= FAREWELL_SECONDS or ended

    @property
    def _is_busy(self) -> bool:
        """Whether anything is under way."""
        return self._shutdown.awaits or any(
            channel.requests or channel.total_outbufs_len
            for channel in list(self.active_channels.values())
        )


def raise_file_limit() -> None:
    """Let this process open all it may: a call takes two sockets, a waiting client one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _connection_limit(threads: int) -> int:
    """How many clients may be connected: with no descriptor left, waitress would spin."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = files - 2 * threads - 64 if files > 0 else sys.maxsize
    return max(16, min(4 * threads + 256, left))


def listener(config: Config) -> socket.socket:
    """The bound socket. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    return socket.create_server((config.host, config.port), family=family, backlog=BACKLOG)
