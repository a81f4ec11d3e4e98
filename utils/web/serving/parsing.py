"""Requests in HTTP/1.1, read more strictly than waitress does: what another server, before this
one, could have taken otherwise is refused. Else a request can hide in another one's body.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, Error, RequestHeaderFieldsTooLarge

log = logging.getLogger(__name__)

MOST_HEADERS = 200
LONGEST_HEAD = 64 * 2**10
LONGEST_LINE = 4096  # of what stands around a chunk

_HOST = r"(?:[\w.~-]+|\[[\w:.%]+\])(?::[0-9]*)?"
_IS_HOST = re.compile(_HOST, re.ASCII)
_TARGET = rf"(?:/|https?://{_HOST}(?![^/? ]))[\x21-\x7e]*".encode()
_START = re.compile(rb"[A-Z-]{1,32} " + _TARGET + rb" HTTP/1\.[01]\r\n")
_LETTERS = bytes({*b"\t\r\n", *range(0x20, 0x7F), *range(0x80, 0x100)})
_BARE_LF = re.compile(rb"(?<!\r)\n")
_SPACES = re.compile(rb"(?<=:)[ \t]{2,}")
_CODING = re.compile(rb"\r\ntransfer-encoding:([^\r]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_CHUNK_END = re.compile(rb"\r\n")
_TRAILER = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\r\n")


class NoRoom(Error):  # type: ignore[misc]
    """For a large body, which waits in a file."""

    code = 503
    reason = "Service Unavailable"


class Spool(OverflowableBuffer):  # type: ignore[misc]
    """A body, which waits here until all of it has come. One that finds no room is read to its
    end all the same: a client that still writes would not read why it is refused.
    """

    failed = False

    def append(self, data: bytes) -> None:
        try:
            if not self.failed:
                super().append(data)
        except OSError as error:
            log.error("a body could not be kept: %s", error.strerror)
            self.failed = True


class Request(HTTPRequestParser):  # type: ignore[misc]
    """One that cannot be read has these, unless it came to its own."""

    command, path, request_uri, url_scheme = "GET", "/", "/", "http"
    query = fragment = ""

    def received(self, data: bytes) -> int:
        taken = int(super().received(data))
        begun = len(self.header_plus)
        if not self.headers_finished and _BARE_LF.search(self.header_plus, begun - len(data)):
            self.error, self.completed = BadRequest("a line that ends in LF alone"), True
        if self.body_rcv is not None and self.body_rcv.buf.failed:
            self.error = NoRoom("")
        if self.completed:
            self.expect_continue = False  # it is refused, or has no body
        return taken

    def parse_header(self, head: bytes) -> None:
        """Raises ParsingError, and what waitress raises."""
        if head.count(b"\r\n") > MOST_HEADERS:
            self.error = RequestHeaderFieldsTooLarge("too many headers")
            return
        if not _START.match(head) or head.translate(None, _LETTERS):
            raise ParsingError("strange letters")
        if b"\r\n " in head or b"\r\n\t" in head:
            raise ParsingError("a folded line")
        try:
            # On many spaces, waitress' pattern for a header takes the square of the time.
            super().parse_header(_SPACES.sub(b" ", head))
        except ValueError as error:
            raise ParsingError("a number of too many digits") from error
        if self.body_rcv is not None:
            self.body_rcv.buf = Spool(self.adj.inbuf_overflow)
        self._check_host()
        if b"transfer-encoding" in (lower := head.lower()):
            self._check_coding(_CODING.findall(lower))

    def _check_host(self) -> None:
        """That there is one, and of two of them waitress has made a list."""
        host = self.headers.get("HOST")
        if not _IS_HOST.fullmatch(host or "") and (host is not None or self.version == "1.1"):
            raise ParsingError("no host, or none that can be")

    def _check_coding(self, codings: list[bytes]) -> None:
        """Where the request ends, only one header says."""
        if not codings:
            return
        if "CONTENT_LENGTH" in self.headers or not self.chunked:  # HTTP/1.0 knows no chunks
            raise ParsingError("two lengths")
        if [coding.strip(b"\t ") for coding in codings] != [b"chunked"]:
            raise ParsingError("an unknown coding")
        self.body_rcv: Any = Chunks(self.body_rcv.getbuf())


class Chunks:
    """A body in chunks, as waitress wants to be given one. Its own gathers lines of any length,
    and takes a LF for a part of them.
    """

    def __init__(self, buffer: Any) -> None:
        self.completed = False
        self.error: Error | None = None
        self.buf = buffer
        self._line = b""  # that is not over
        self._left = 0  # bytes of this chunk
        self._wants: re.Pattern[bytes] = _CHUNK  # of the line

    def __len__(self) -> int:
        return len(self.buf)

    def getbuf(self) -> Any:
        return self.buf

    def getfile(self) -> Any:
        return self.buf.getfile()

    def received(self, data: bytes) -> int:
        """How much of it was of this body."""
        at = 0
        while at < len(data) and not (self.completed or self.error):
            if self._left:
                piece = data[at : at + self._left]
                self.buf.append(piece)
                self._left -= len(piece)
            else:
                piece = data[at : data.find(b"\n", at) + 1 or len(data)]
                self._read(piece)
            at += len(piece)
        return at

    def _read(self, piece: bytes) -> None:
        """The beginning of a line, or the rest of it."""
        self._line += piece
        if len(self._line) > LONGEST_LINE:
            self.error = BadRequest("a line without end")
        elif piece.endswith(b"\n"):
            line, self._line = self._line, b""
            self._understand(line)

    def _understand(self, line: bytes) -> None:
        if not (match := self._wants.fullmatch(line)):
            self.error = BadRequest("a broken chunk")
        elif self._wants is _CHUNK:
            self._left = int(match[1], 16)
            self._wants = _CHUNK_END if self._left else _TRAILER
        elif self._wants is _CHUNK_END:
            self._wants = _CHUNK
        else:
            self.completed = line == b"\r\n"
