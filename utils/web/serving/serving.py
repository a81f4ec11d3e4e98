"""waitress, with an orderly end, and room for new clients."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import time
from contextlib import suppress
from heapq import nsmallest
from operator import attrgetter
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from utils import hubs
from utils.config import Config
from utils.web.services import descriptors
from utils.web.services.shutdown import Shutdown
from utils.web.serving.channel import Channel
from utils.web.serving.parsing import LONGEST_HEAD

log = logging.getLogger(__name__)

DRAIN_SECONDS = 30
IMPATIENT_SECONDS = 1
TURN_SECONDS = 0.25
FAREWELL_SECONDS = 3  # for the error events of what was cut off
LEAD_SECONDS = 1  # in which a busy relay that stops still takes new clients
LISTEN_SECONDS = 0.3  # for which it then hears the others: something may be on its way
SPARE_THREADS = 8  # for health checks and refusals while all seats are taken
BACKLOG = 1024


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
            connection_limit=sys.maxsize,  # there is always room, see _make_room
            backlog=BACKLOG,
            channel_request_lookahead=1,  # or a client's leaving goes unseen until we write
            asyncore_use_poll=True,
            max_request_header_size=LONGEST_HEAD,
            max_request_body_size=(config.max_body_mb + 1) * 2**20,  # Flask's 413 comes first
            outbuf_high_watermark=2**20,
            clear_untrusted_proxy_headers=False,  # nobody reads them but TRUSTED_PROXIES
            ident=None,
        )
        place = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            app, _sock=listener, adj=adjustments, sockinfo=place, bind_socket=False
        )
        self.most_clients = descriptors.clients(config.threads)
        self.accepted = 0  # clients, those too who have left again at once
        self._shutdown = shutdown
        self._told = self._until = float("inf")
        self._checked = self._refused = self._full_until = 0.0

    def _threads(self, config: Config) -> int:
        return config.threads

    def accept(self) -> Any:
        """With no descriptor left those who wait still do, and the loop would never rest."""
        try:
            client = super().accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._full_until = time.monotonic() + TURN_SECONDS
            raise
        self.accepted += client is not None
        return client

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

    def _make_room(self) -> None:
        """Of too many clients, those go that have asked for nothing for longest, however slowly
        they send it. Nobody who waits for an answer does: the last to come has not asked yet.
        """
        surplus = len(self.active_channels) - self.most_clients
        channels = self.active_channels.values()
        for channel in nsmallest(surplus, channels, key=attrgetter("unasked")):
            channel.handle_close()

    def run(self) -> None:
        """Serve until stopped; then until all that is under way has ended, or DRAIN_SECONDS
        have. Closes the listener.
        """
        told = False
        while not self._is_done():
            self._turn(LISTEN_SECONDS / 6 if self.is_stopping else TURN_SECONDS)
            self._close_overdue()
            self._make_room()
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
            lingered = now - max(self._refused, channel.last_activity) > LISTEN_SECONDS
            if channel.is_idle and lingered and hubs.is_quiet(channel.socket):
                channel.handle_close()

    def _let_in_the_last(self) -> None:
        """Whoever the system has let in already. Others are refused from now on, which tells
        them that nothing of theirs was read, so they can go to another relay.
        """
        before = -1
        while before < self.accepted:
            before = self.accepted
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


def listener(config: Config) -> socket.socket:
    """The bound socket. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    return socket.create_server((config.host, config.port), family=family, backlog=BACKLOG)
