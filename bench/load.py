"""A load generator that costs little: one thread, raw sockets, answers read when it is over."""

from __future__ import annotations

import gc
import re
import select
import socket
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from types import TracebackType

from bench.errors import Failed

PATIENCE = 60.0  # seconds for everything that is asked of one `Load` call
READ_SIZE = 65536
LAST_CHUNK = b"\r\n0\r\n\r\n"
TAIL = len(LAST_CHUNK)
CHUNKED = float("inf")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)")

Address = tuple[str, int]


class Exchange:
    """One request, and its answer as it came: when, and which bytes."""

    __slots__ = ("_end", "closing", "complete", "pieces", "sent")

    def __init__(self, sent: float) -> None:
        self.sent = sent
        self.pieces: list[tuple[float, bytes]] = []
        self.complete = False
        self.closing = False  # the server ends the connection after this answer
        self._end: float | None = None  # where the answer ends; infinity when it is chunked

    def take(self, now: float, data: bytes) -> None:
        """Of a stream, this is called for each event: fifty thousand times a second."""
        self.pieces.append((now, data))
        if self._end == CHUNKED:
            self.complete = (data if len(data) >= TAIL else self._last()).endswith(LAST_CHUNK)
        else:
            self._look_for_end()

    def _last(self) -> bytes:
        return b"".join(data for _, data in self.pieces[-TAIL:])

    def _look_for_end(self) -> None:
        whole = b"".join(data for _, data in self.pieces)
        head, blank, _ = whole.partition(b"\r\n\r\n")
        if blank and self._end is None:
            head = head.lower()
            length = LENGTH.search(head)
            self._end = len(head) + len(blank) + int(length[1]) if length else CHUNKED
            self.closing = b"\r\nconnection: close" in head
        if self._end == CHUNKED:
            self.complete = whole.endswith(LAST_CHUNK)
        else:
            self.complete = self._end is not None and len(whole) >= self._end


class Load:
    """Connections to one server. Leaving the block closes them, answered or not."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._idle: list[int] = []
        self._busy: dict[int, Exchange] = {}

    def __enter__(self) -> Load:
        gc.disable()  # a collection here would look like a late event there
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        gc.enable()
        for fd in list(self._sockets):
            self._drop(fd)
        self._epoll.close()

    def keep_asking(self, requests: Iterable[bytes], at_once: int) -> list[Exchange]:
        """All of them, `at_once` under way at any time until none is left to send."""
        deadline = time.monotonic() + PATIENCE
        waiting = iter(requests)
        exchanges = [self.ask(request) for request in islice(waiting, at_once)]
        while self._busy:
            ended = self._receive_by(deadline)
            exchanges += [self.ask(request) for request in islice(waiting, ended)]
        return exchanges

    def open(self, requests: Sequence[bytes], gap: float) -> list[Exchange]:
        """Send each of them `gap` seconds after the one before, whatever was answered."""
        due = time.monotonic()
        exchanges = []
        for request in requests:
            exchanges.append(self.ask(request))
            due += gap
            self.listen_until(due)
        return exchanges

    def listen_until(self, moment: float) -> None:
        while time.monotonic() < moment:
            self._receive(moment)

    def drain(self) -> bool:
        """Take what is there, all at once; whether more is to come."""
        self._receive(0)
        return bool(self._busy)

    def finish(self) -> None:
        """Take all that is still to come."""
        deadline = time.monotonic() + PATIENCE
        while self._busy:
            self._receive_by(deadline)

    def ask(self, request: bytes) -> Exchange:
        """The clock runs from before a connection is made, if none is kept."""
        exchange = Exchange(time.monotonic())
        fd = self._idle.pop() if self._idle else self._connect()
        try:
            sent = self._sockets[fd].send(request)
            if sent < len(request):
                self._send_slowly(self._sockets[fd], request[sent:])
        except OSError as error:
            raise Failed(f"a request could not be sent: {error}") from error
        self._busy[fd] = exchange
        return exchange

    def _send_slowly(self, connection: socket.socket, rest: bytes) -> None:
        """What is larger than the socket's buffer. Nothing is read meanwhile."""
        connection.settimeout(PATIENCE)
        connection.sendall(rest)
        connection.setblocking(False)

    def _connect(self) -> int:
        try:
            connection = socket.create_connection(self._address, timeout=PATIENCE)
        except OSError as error:
            raise Failed(f"a server does not accept connections: {error}") from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        fd = connection.fileno()
        self._sockets[fd] = connection
        self._epoll.register(fd, select.EPOLLIN)
        return fd

    def _receive_by(self, deadline: float) -> int:
        if time.monotonic() > deadline:
            raise Failed(f"{len(self._busy)} answers were not whole after {PATIENCE:g} s")
        return self._receive(deadline)

    def _receive(self, until: float) -> int:
        """Wait for something to come and take it: how many answers that completes."""
        ready = self._epoll.poll(max(0.0, until - time.monotonic()))
        now = time.monotonic()
        return sum([self._take(fd, now) for fd, _ in ready])

    def _take(self, fd: int, now: float) -> bool:
        try:
            data = self._sockets[fd].recv(READ_SIZE)
        except OSError as error:
            raise Failed(f"a connection broke: {error}") from error
        exchange = self._busy.get(fd)
        if exchange is None:
            self._idle.remove(fd)  # the server does not keep it any longer
            self._drop(fd)
            return False
        if not data:
            raise Failed("a connection was closed before its answer was whole")
        exchange.take(now, data)
        if exchange.complete:
            self._release(fd, exchange)
        return exchange.complete

    def _release(self, fd: int, exchange: Exchange) -> None:
        del self._busy[fd]
        if exchange.closing:
            self._drop(fd)
        else:
            self._idle.append(fd)

    def _drop(self, fd: int) -> None:
        self._sockets.pop(fd).close()
