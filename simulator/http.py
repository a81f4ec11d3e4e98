"""HTTP/1.1 on a raw socket: requests in, bytes out, and whether the peer is still there."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

READ_SIZE = 65536
HEAD_LIMIT = 65536
CHUNK_LINE_LIMIT = 4096


class Gone(Exception):
    """The connection closed while an answer, or a request, was under way."""


class Malformed(Exception):
    """What arrived is not HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def lasting(self) -> bool:
        """Whether the peer means to send another request on this connection."""
        return self.headers.get("connection", "").lower() != "close"


class Connection:
    """One peer's socket. Only its own thread reads and writes; `abort` is for others."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._rest = b""
        self._departure = select.poll()
        # Not POLLIN: a pipelined request is no departure.
        self._departure.register(sock, select.POLLRDHUP)
        self.number = number
        self.idle = Event()

    def request(self) -> Request | None:
        """The next request, or None when the peer closed instead of sending one."""
        head = self._head()
        if head is None:
            return None
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target = _request_line(line)
        headers = _headers(fields)
        path, _, query = target.partition("?")
        body = self._body(headers)
        return Request(method, unquote(path), _query(query), headers, body, self.number)

    def send(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def wait(self, until: float | None) -> None:
        """Sleep until a monotonic time, or for ever; Gone as soon as the peer leaves."""
        while True:
            left = None if until is None else (until - time.monotonic()) * 1000
            if left is not None and left <= 0:
                return
            if self._departure.poll(left):
                raise Gone

    def reset(self) -> None:
        """Close with RST: what is unsent is thrown away."""
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def close(self) -> None:
        self._sock.close()

    def abort(self) -> None:
        """End the connection from another thread: its blocking calls return at once."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _head(self) -> bytes | None:
        data = self._rest or self._first()
        while (end := data.find(b"\r\n\r\n")) < 0:
            if not data:
                return None
            if len(data) > HEAD_LIMIT:
                raise Malformed("the head is too long")
            data += self._more()
        self._rest = data[end + 4 :]
        return data[:end]

    def _first(self) -> bytes:
        self.idle.set()
        try:
            return self._sock.recv(READ_SIZE)
        except OSError:
            return b""
        finally:
            self.idle.clear()

    def _more(self) -> bytes:
        try:
            data = self._sock.recv(READ_SIZE)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "transfer-encoding" in headers:
            return self._chunked(headers)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Malformed("Content-Length is not a number")
        return self._exactly(int(length))

    def _chunked(self, headers: Mapping[str, str]) -> bytes:
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise Malformed("the body's length is ambiguous")
        chunks = list[bytes]()
        while size := self._chunk_size():
            chunks.append(self._exactly(size))
            if self._line():
                raise Malformed("a chunk is longer than it said")
        while self._line():
            pass  # trailers say nothing to us
        return b"".join(chunks)

    def _chunk_size(self) -> int:
        try:
            return int(self._line().partition(b";")[0], 16)
        except ValueError as error:
            raise Malformed("a chunk has no size") from error

    def _line(self) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            if len(self._rest) > CHUNK_LINE_LIMIT:
                raise Malformed("a chunk's line is too long")
            self._rest += self._more()
        line, self._rest = self._rest[:end], self._rest[end + 2 :]
        return line

    def _exactly(self, size: int) -> bytes:
        pieces, have = [self._rest], len(self._rest)
        while have < size:
            pieces.append(self._more())
            have += len(pieces[-1])
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]


def _request_line(line: str) -> tuple[str, str]:
    try:
        method, target, version = line.split(" ")
    except ValueError as error:
        raise Malformed("the request line has not three words") from error
    if version != "HTTP/1.1" or not target.startswith("/"):
        raise Malformed("the request line is not of HTTP/1.1")
    return method, target


def _headers(fields: list[str]) -> dict[str, str]:
    headers = dict[str, str]()
    for field in fields:
        name, colon, value = field.partition(":")
        if not colon or name != name.strip():
            raise Malformed("a header line is not name: value")
        headers[name.lower()] = value.strip()
    if "host" not in headers:
        raise Malformed("there is no Host")
    return headers


@lru_cache(maxsize=256)
def _query(query: str) -> Mapping[str, str]:
    return MappingProxyType(dict(parse_qsl(query, keep_blank_values=True)))
