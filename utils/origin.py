"""One upstream HTTP server: requests to it, and timers that fire.

Bytes are read straight from the socket, in large pieces, so that every wait is a short one in
our own hands: a timer can fire, a client's leaving be noticed, a heartbeat go out.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from urllib3.connection import HTTPConnection
from urllib3.util import parse_url

from utils import hubs, tracing
from utils.connections import Connections, taken
from utils.errors import RelayError, UpstreamFailed, UpstreamTimeout
from utils.http1 import Malformed, ResponseReader

TICK = 0.25  # seconds of silence after which `pieces` says so
MAX_ANSWER = 64 * 2**20
LONGEST_REFUSAL = 65536
ANSWERS = range(200, 300)
PIECE = 65536  # bytes of an answer that are read at once
LARGE = 65536  # bytes of a body above which a second write costs less than a copy

Pieces = Sequence[bytes | memoryview]
Body = bytes | Pieces

Refused = Callable[[int, Mapping[str, str], bytes], RelayError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect; to the body's first byte; between two reads; for the whole call."""

    connect: float
    first_byte: float
    idle: float
    total: float


class Origin:
    """`name` is what error messages call the server. Shared by all threads."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        timeouts: Timeouts,
        size: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`size` is how many idle connections are kept. Origins may share `tls`; without it
        this one makes its own.
        """
        place = parse_url(url)
        self._prefix = (place.path or "").rstrip("/")
        self._netloc = place.netloc
        self._name = name
        self._timeouts = timeouts
        self._connections = Connections(
            place, name=name, timeout=timeouts.connect, size=size, tls=tls
        )

    @contextmanager
    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: Body = b""
    ) -> Iterator[Exchange]:
        """Nothing is sent until the answer is asked for; leaving the block ends the exchange,
        finished or not. A body in pieces, or a large one, is never copied.
        """
        request = self._request(method, target, headers, body)
        exchange = Exchange(self._connections, request, self._name, self._timeouts)
        del body, request  # they may be large, and the answer long
        try:
            yield exchange
        finally:
            exchange.end()

    def looked(self, target: str) -> tuple[int, Mapping[str, str]]:
        """The status and the headers of whatever is there. Raises as `Exchange.pieces` does."""
        with self.exchange("GET", target, {}) as exchange:
            for _ in exchange.pieces():
                if exchange.status:
                    break
            return exchange.status, exchange.headers

    def close(self) -> None:
        """Keep no connection any more. Exchanges under way end as they would."""
        self._connections.close()

    def _request(
        self, method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> Pieces:
        pieces = [body] if isinstance(body, bytes) else body
        size = sum(map(len, pieces))
        request = [self._head(method, target, headers, size), *pieces]
        return [b"".join(request)] if size < LARGE else request

    def _head(self, method: str, target: str, headers: Mapping[str, str], size: int) -> bytes:
        lines = [
            f"{method} {self._prefix}{target} HTTP/1.1",
            f"Host: {self._netloc}",
            "Accept-Encoding: identity",
            "User-Agent: 1min-relay",  # Cloudflare refuses urllib's own (onemin-api.md 1)
            *(f"{name}: {value}" for name, value in {**tracing.headers(), **headers}.items()),
        ]
        if size or method == "POST":
            lines.append(f"Content-Length: {size}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Exchange:
    """One request, and the answer to it."""

    def __init__(
        self, connections: Connections, request: Pieces, name: str, timeouts: Timeouts
    ) -> None:
        self._connections = connections
        self._connection: HTTPConnection | None = None
        self._request = request
        self._reader = ResponseReader()
        self._name = name
        self._timeouts = timeouts
        self._taken: int | None = None  # of a kept connection, before this request

    @property
    def status(self) -> int:
        """0 until the server has answered."""
        return self._reader.status

    @property
    def headers(self) -> dict[str, str]:
        """Names are in lower case."""
        return self._reader.headers

    @property
    def is_json(self) -> bool:
        """By its own word."""
        return self.headers.get("content-type", "").lower().startswith("application/json")

    def end(self) -> None:
        """Keep the connection if the answer was read to its end, else close it."""
        if self._connection and self._reader.complete and self._reader.keep_alive:
            self._connections.keep(self._connection)
        elif self._connection:
            self._connection.close()

    def pieces(self, most: int = MAX_ANSWER) -> Iterator[bytes]:
        """Send the request, then yield the answer's body as it arrives. b"" says that nothing
        came for a TICK, or that connecting took its time: whoever waits may have left.

        Raises UpstreamUnreachable, UpstreamTimeout, UpstreamFailed. Nothing is ever read twice:
        only a kept connection is replaced, if it was closed before the whole request, or any
        of it, had come there.
        """
        start = time.monotonic()
        yield from self._send()
        last, patience, size = time.monotonic(), self._timeouts.first_byte, 0
        while not self._reader.complete:
            try:
                body = self._receive()
            except _Unread:
                yield from self._send_anew()
                continue
            now = time.monotonic()
            if body:
                last, patience, size = now, self._timeouts.idle, size + len(body)
                if size > most:
                    raise UpstreamFailed(f"{self._name} answered without end")
            elif now - last > patience:
                raise UpstreamTimeout(f"{self._name} sent nothing for {patience:g} seconds")
            if now - start > self._timeouts.total:
                raise UpstreamTimeout(
                    f"{self._name} did not finish within {self._timeouts.total:g} seconds"
                )
            yield body

    def answer(self, refused: Refused) -> Generator[bytes]:
        """The body of an answer, as `pieces` yields it. In place of a status that is none,
        raises what `refused` makes of it, of the headers and of how the body begins.
        """
        refusal, pieces = b"", self.pieces()
        for piece in pieces:
            if self.status in ANSWERS:
                self.check()
                yield piece
                yield from pieces
                return
            refusal = (refusal + piece)[:LONGEST_REFUSAL]
            yield b""
        raise refused(self.status, self.headers, refusal)

    def check(self) -> None:
        """Once there is a status. A page is no answer; and packed bytes, which nobody asked
        for, could unpack to anything. Raises UpstreamFailed.
        """
        keeps, self._reader.keep_alive = self._reader.keep_alive, False
        if self.headers.get("content-type", "").lower().startswith("text/html"):
            raise UpstreamFailed(f"{self._name} sent a page in place of an answer")
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise UpstreamFailed(f"{self._name} packed its answer, though asked not to")
        self._reader.keep_alive = keeps  # whoever sends these may hang up at any moment

    def _send(self) -> Iterator[bytes]:
        while kept := self._connections.kept():
            self._connection, self._taken = kept, taken(kept.sock)
            if (yield from self._write(kept)):
                if len(self._request) > 1:  # it is large, and the answer may be long
                    self._request = ()
                return
            kept.close()  # it had died, and nobody has read a whole request
        yield from self._send_anew()

    def _send_anew(self) -> Iterator[bytes]:
        self._connection, self._taken = self._connections.new(), None
        yield b""
        yield from self._write(self._connection)  # who hangs up early may have said why
        self._request = ()

    def _write(self, connection: HTTPConnection) -> Generator[bytes, None, bool]:
        """Whether all of it was sent."""
        for piece in self._request:
            if not (yield from self._write_piece(connection, memoryview(piece))):
                return False
        return True

    def _write_piece(
        self, connection: HTTPConnection, rest: memoryview
    ) -> Generator[bytes, None, bool]:
        last = time.monotonic()
        while rest:
            try:
                rest = rest[hubs.send(connection.sock, rest, TICK) :]
                last = time.monotonic()
            except TimeoutError as error:
                if time.monotonic() - last > self._timeouts.idle:
                    raise UpstreamTimeout(f"{self._name} does not read the request") from error
                yield b""
            except OSError:
                return False
        return True

    def _receive(self) -> bytes:
        assert self._connection
        try:
            if data := hubs.receive(self._connection.sock, PIECE, TICK):
                self._request = ()
                return self._reader.feed(data)
            self._check_read(self._connection)
            self._reader.end()
        except TimeoutError:
            pass
        except (OSError, Malformed) as error:
            why = error if isinstance(error, Malformed) else "broke the connection"
            raise UpstreamFailed(f"{self._name} {why}") from error
        return b""

    def _check_read(self, ended: HTTPConnection) -> None:
        """Raises _Unread for a kept connection that was closed as it was used. What comes with
        its end also says how much had come there before: where that is nothing of the request,
        nobody has read any, and nothing was billed.
        """
        if self._request and self._taken is not None and taken(ended.sock) == self._taken:
            ended.close()
            raise _Unread


class _Unread(Exception):
    """Nobody has read anything of a request."""
