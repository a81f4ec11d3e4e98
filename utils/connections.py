"""Connections to one server, kept for later. urllib3 makes them: names, TLS, certificates."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_INFO, TCP_NODELAY

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import Url

from utils import hubs
from utils.errors import RelayError, UpstreamTimeout, UpstreamUnreachable
from utils.tls import tls_context

log = logging.getLogger(__name__)

MAX_IDLE = 60  # seconds; an older connection may have been forgotten on its way
RETRY_AFTER = 5  # seconds
SOCKET_OPTIONS: list[tuple[int, int, int | bytes]] = [
    (IPPROTO_TCP, TCP_NODELAY, 1),
    (SOL_SOCKET, SO_KEEPALIVE, 1),
]


_ACKED, _ACKED_AT = struct.Struct("=Q"), 120  # tcpi_bytes_acked in Linux's struct tcp_info


class Connections:
    """`name` is what errors call the server; `size` is how many are kept. Shared by threads."""

    def __init__(
        self, place: Url, *, name: str, timeout: float, size: int, tls: ssl.SSLContext | None
    ) -> None:
        self._host, self._port = str(place.host), place.port
        self._name = name
        self._timeout = timeout
        self._context = (tls or tls_context()) if place.scheme == "https" else None
        self._closed = False
        self._size = size
        self._idle: deque[tuple[HTTPConnection, float]] = deque()  # newest last

    def kept(self) -> HTTPConnection | None:
        """A kept connection that still looks alive. A readable one was closed by the server."""
        with suppress(IndexError):
            while True:
                connection, since = self._idle.pop()
                if time.monotonic() - since < MAX_IDLE and hubs.is_quiet(connection.sock):
                    return connection
                connection.close()
        return None

    def keep(self, connection: HTTPConnection) -> None:
        """Also closes those that are too many, or that nobody has needed for too long."""
        now = time.monotonic()
        if self._closed:
            connection.close()
            return
        self._idle.append((connection, now))
        with suppress(IndexError):
            while len(self._idle) > self._size or now - self._idle[0][1] > MAX_IDLE:
                self._idle.popleft()[0].close()

    def close(self) -> None:
        """Keep none any more. Those in use are closed when they come back."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop()[0].close()

    def new(self) -> HTTPConnection:
        """Raises UpstreamUnreachable, UpstreamTimeout. The timeout is for each step, and twice
        as long for all: a name's lookup has none of its own, nor has a slow handshake.
        """
        connection = self._unconnected()
        try:
            hubs.at_most(2 * self._timeout, connection.connect, connection.close)
        except (HTTPError, OSError) as error:
            log.warning("cannot connect to %s: %s", self._name, type(error).__name__)
            raise self._failure(error) from error
        return connection

    def _unconnected(self) -> HTTPConnection:
        if self._context is None:
            return HTTPConnection(
                self._host, self._port, timeout=self._timeout, socket_options=SOCKET_OPTIONS
            )
        return HTTPSConnection(
            self._host,
            self._port,
            timeout=self._timeout,
            socket_options=SOCKET_OPTIONS,
            ssl_context=self._context,
        )

    def _failure(self, error: Exception) -> RelayError:
        """urllib3 counts a refused connection as a ConnectTimeoutError too."""
        match error:
            case NameResolutionError():
                return self._unreachable("has a name that cannot be resolved", "dns_failed")
            case ssl.SSLCertVerificationError():
                return self._unreachable("has no valid certificate", "certificate_invalid")
            case ssl.SSLError():
                return self._unreachable("does not speak TLS as it should", "tls_failed")
            case NewConnectionError():
                return self._unreachable("could not be reached", "unreachable")
            case ConnectTimeoutError() | TimeoutError():
                return UpstreamTimeout(f"{self._name} took too long to connect")
        return self._unreachable("broke the connection", "unreachable")

    def _unreachable(self, why: str, code: str) -> RelayError:
        told = f"{self._name} {why}"
        return UpstreamUnreachable(told, code=f"upstream_{code}", retry_after=RETRY_AFTER)


def taken(sock: socket.socket) -> int | None:
    """How many bytes have come to the other side, ever; None where no system tells."""
    if sys.platform != "linux":
        return None
    told = sock.getsockopt(IPPROTO_TCP, TCP_INFO, _ACKED.size + _ACKED_AT)
    taken: int = _ACKED.unpack_from(told, _ACKED_AT)[0]
    return taken
