"""One upstream HTTP server: connections kept alive, timers that fire.

urllib3 connects (names, TLS, certificates); bytes are then read straight from the socket, in
large pieces, so that every wait is a short one in our own hands: a timer can fire, a client's
leaving be noticed, a heartbeat go out.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util import parse_url

from utils.errors import RelayError, UpstreamFailed, UpstreamTimeout, UpstreamUnreachable
from utils.http1 import Malformed, ResponseReader

log = logging.getLogger(__name__)

TICK = 0.25  # seconds of silence after which `pieces` says so
MAX_IDLE = 60  # seconds; an older connection may have been forgotten on its way
MAX_ANSWER = 64 * 2**20
SOCKET_OPTIONS: list[tuple[int, int, int | bytes]] = [
    (IPPROTO_TCP, TCP_NODELAY, 1),
    (SOL_SOCKET, SO_KEEPALIVE, 1),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect; to the body's first byte; between two reads; for the whole call."""

    connect: float = 5
    first_byte: float = 120
    idle: float = 120
    total: float = 900


class Origin:
    """`name` is what error messages call the server. Shared by all threads."""

    def __init__(self, url: str, *, name: str, timeouts: Timeouts, size: int) -> None:
        """`size` is how many idle connections are kept."""
        place = parse_url(url)
        if place.scheme not in ("http", "https") or not place.host:
            raise ValueError(f"{url!r} is not an http(s) URL")
        self._host, self._port, self._tls = place.host, place.port, place.scheme == "https"
        self._prefix = (place.path or "").rstrip("/")
        self._netloc = place.netloc
        self._name = name
        self._timeouts = timeouts
        self._context = _tls_context() if self._tls else None
        self._closed = False
        self._idle: deque[tuple[HTTPConnection, float]] = deque(maxlen=size)  # newest last

    @contextmanager
    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Iterator[Exchange]:
        """Send a request; leaving the block ends the exchange, finished or not.

        Raises UpstreamUnreachable, UpstreamTimeout. Nothing is ever sent twice: only a kept
        connection that turns out dead before the request was whole is replaced.
        """
        request = self._head(method, target, headers, body) + body
        connection, reader = self._send(request), ResponseReader()
        try:
            yield Exchange(connection, reader, self._name, self._timeouts)
        finally:
            if reader.complete and reader.keep_alive and not self._closed:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()

    def close(self) -> None:
        """Keep no connection any more. Exchanges under way end as they would."""
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()

    def _head(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = [
            f"{method} {self._prefix}{target} HTTP/1.1",
            f"Host: {self._netloc}",
            "Accept-Encoding: identity",
            "User-Agent: 1min-relay",  # Cloudflare refuses urllib's own (onemin-api.md 1)
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _send(self, request: bytes) -> HTTPConnection:
        """A connection on which the request was sent."""
        while connection := self._kept():
            if self._write(connection, request):
                return connection
            connection.close()  # it had died, and nobody has read a whole request
        connection = self._connect()
        self._write(connection, request)  # a server that hangs up early may have said why
        return connection

    def _write(self, connection: HTTPConnection, request: bytes) -> bool:
        """Whether all of it was sent. Raises UpstreamTimeout."""
        try:
            connection.sock.settimeout(self._timeouts.idle)
            connection.sock.sendall(request)
        except TimeoutError as error:
            connection.close()
            raise UpstreamTimeout(f"{self._name} does not read the request") from error
        except OSError:
            return False
        finally:
            if connection.sock:
                connection.sock.settimeout(TICK)
        return True

    def _kept(self) -> HTTPConnection | None:
        """A kept connection that still looks alive. A readable one was closed by the server."""
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since < MAX_IDLE and connection.is_connected:
                return connection
            connection.close()

    def _connect(self) -> HTTPConnection:
        connection = self._new_connection()
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            log.warning("cannot connect to %s: %s", self._name, type(error).__name__)
            raise self._unconnected(error) from error
        return connection

    def _unconnected(self, error: Exception) -> RelayError:
        """urllib3 counts a refused connection as a ConnectTimeoutError too."""
        late = isinstance(error, (ConnectTimeoutError, TimeoutError))
        if late and not isinstance(error, NewConnectionError):
            return UpstreamTimeout(f"{self._name} took too long to connect")
        return UpstreamUnreachable(f"{self._name} could not be reached", retry_after=5)

    def _new_connection(self) -> HTTPConnection:
        timeout = self._timeouts.connect
        if not self._tls:
            return HTTPConnection(
                self._host, self._port, timeout=timeout, socket_options=SOCKET_OPTIONS
            )
        return HTTPSConnection(
            self._host,
            self._port,
            timeout=timeout,
            socket_options=SOCKET_OPTIONS,
            ssl_context=self._context,
        )


class Exchange:
    """One request that was sent, and the answer to it."""

    def __init__(
        self, connection: HTTPConnection, reader: ResponseReader, name: str, timeouts: Timeouts
    ) -> None:
        self._socket = connection.sock
        self._reader = reader
        self._name = name
        self._timeouts = timeouts

    @property
    def status(self) -> int:
        """0 until the server has answered."""
        return self._reader.status

    @property
    def headers(self) -> dict[str, str]:
        """Names are in lower case."""
        return self._reader.headers

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives; b"" says that nothing came for a TICK.

        Raises UpstreamTimeout and UpstreamFailed.
        """
        start = last = time.monotonic()
        patience, size = self._timeouts.first_byte, 0
        while not self._reader.complete:
            body = self._receive()
            now = time.monotonic()
            if body:
                last, patience, size = now, self._timeouts.idle, size + len(body)
                if size > MAX_ANSWER:
                    raise UpstreamFailed(f"{self._name} answered without end")
            elif now - last > patience:
                raise UpstreamTimeout(f"{self._name} sent nothing for {patience:g} seconds")
            if now - start > self._timeouts.total:
                raise UpstreamTimeout(
                    f"{self._name} did not finish within {self._timeouts.total:g} seconds"
                )
            yield body

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(65536)
            if data:
                return self._reader.feed(data)
            self._reader.end()
        except TimeoutError:
            pass
        except (OSError, Malformed) as error:
            why = error if isinstance(error, Malformed) else "broke the connection"
            raise UpstreamFailed(f"{self._name} {why}") from error
        return b""


def _tls_context() -> ssl.SSLContext:
    """The system's roots and certifi's. Made once: loading them costs some 35 ms."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
