"""HTTP/1.1 responses, read from bytes that may be cut anywhere. No I/O.

http.client spends one Python-level read per chunk, which is most of what a burst of events
costs; here every chunk of a read is taken in one pass.
"""

from __future__ import annotations

import re

MAX_HEAD = 2**17  # one header of 64 KB among others is read, and goes nowhere
MAX_CHUNK_LINE = 4096

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\0]*)?")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*")
_WHOLE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")  # how nearly every chunk begins
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|\Z)")


class Malformed(Exception):
    """What the server sent is not HTTP/1.1, or stops before its end."""


class ResponseReader:
    """One response. `status` is 0 until the head is complete."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.complete = False
        self.keep_alive = False
        self._rest = b""  # read, but not yet understood
        self._left = 0  # bytes still owed by this body or chunk
        self._in_trailer = False
        self._after_chunk = False  # an empty line ends a chunk's data
        self._take = self._head

    def feed(self, data: bytes) -> bytes:
        """The body bytes in `data`. Raises Malformed."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        return self._take(data)

    def end(self) -> None:
        """The server closed the connection. Raises Malformed unless that ends the body."""
        if self._take == self._until_close:
            self.complete = True
        if not self.complete:
            where = "half-way through its answer" if self.status else "without an answer"
            raise Malformed(f"closed the connection {where}")

    def _head(self, data: bytes) -> bytes:
        while not self.status:
            end = data.find(b"\r\n\r\n", 0, MAX_HEAD + 4)
            if end < 0:
                return self._keep(data, MAX_HEAD)
            self._read_head(data[:end])
            data = data[end + 4 :]
        return self._take(data)

    def _read_head(self, head: bytes) -> None:
        """Only a final answer counts: 100 Continue and 103 Early Hints come before it."""
        status_line, *lines = head.decode("latin-1").split("\r\n")
        if not (match := _STATUS_LINE.fullmatch(status_line)):
            raise Malformed("did not answer in HTTP/1.1")
        headers, status = _fields(lines), int(match[2])
        if status >= 200:
            self.status, self.headers = status, headers
            self._frame(modern=match[1] == "1")

    def _frame(self, *, modern: bool) -> None:
        """How the body ends (RFC 9112, 6.3)."""
        headers = self.headers
        self.keep_alive = modern and "close" not in headers.get("connection", "").lower()
        coding = headers.get("transfer-encoding")
        if self.status in (204, 304):
            self.complete, self._take = True, self._surplus
        elif coding is not None:
            if coding.lower() != "chunked":
                raise Malformed("used an unknown transfer coding")
            self.keep_alive = self.keep_alive and "content-length" not in headers
            self._take = self._chunks
        elif (length := headers.get("content-length")) is not None:
            self._left = _length(length)
            self.complete = self._left == 0
            self._take = self._surplus if self.complete else self._counted
        else:
            self.keep_alive = False
            self._take = self._until_close

    def _counted(self, data: bytes) -> bytes:
        body = data[: self._left]
        self._left -= len(body)
        if not self._left:
            self.complete, self._take = True, self._surplus
            self._surplus(data[len(body) :])
        return body

    def _until_close(self, data: bytes) -> bytes:
        return data

    def _surplus(self, data: bytes) -> bytes:
        """Bytes after the end belong to nobody: such a connection cannot be used again."""
        if data:
            self.keep_alive = False
        return b""

    def _chunks(self, data: bytes) -> bytes:
        """Every chunk in `data` at once."""
        pieces: list[bytes] = []
        at, end = self._whole_chunks(data, pieces), len(data)
        while at < end and not self.complete:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if data.startswith(b"\r\n", at):
                    self._after_chunk, at = False, at + 2
                continue
            line_end = data.find(b"\r\n", at, at + MAX_CHUNK_LINE + 2)
            if line_end < 0:
                self._keep(data[at:], MAX_CHUNK_LINE)
                break
            self._chunk_line(data[at:line_end])
            at = line_end + 2
        if self.complete:
            self._surplus(data[at:])
        return b"".join(pieces)

    def _whole_chunks(self, data: bytes, pieces: list[bytes]) -> int:
        """Put into `pieces` the usual chunks that `data` begins with; return where the rest
        begins.
        """
        at = 0
        if self._left or self._after_chunk or self._in_trailer:
            return at
        while match := _WHOLE.match(data, at):
            start = match.end()
            end = start + int(match[1], 16)
            if end == start or data[end : end + 2] != b"\r\n":
                break
            pieces.append(data[start:end])
            at = end + 2
        return at

    def _chunk_line(self, line: bytes) -> None:
        if self._in_trailer:
            self.complete = not line
            self._take = self._surplus if self.complete else self._chunks
        elif self._after_chunk and not line:
            self._after_chunk = False
        elif not self._after_chunk and (size := _CHUNK_SIZE.match(line)):
            self._left = int(size[1], 16)
            self._after_chunk = self._left > 0
            self._in_trailer = not self._left
        else:
            raise Malformed("sent a broken chunk")

    def _keep(self, data: bytes, limit: int) -> bytes:
        if len(data) > limit:
            raise Malformed("sent a line without end")
        self._rest = data
        return b""


def _fields(lines: list[str]) -> dict[str, str]:
    if not all(map(_FIELD.fullmatch, lines)):
        raise Malformed("sent a broken header")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _length(value: str) -> int:
    """A Content-Length; the same number given twice counts once (RFC 9110, 8.6)."""
    numbers = {number.strip() for number in value.split(",")}
    number = numbers.pop()
    if numbers or not (number.isascii() and number.isdecimal()) or len(number) > 15:
        raise Malformed("sent a broken Content-Length")
    return int(number)
