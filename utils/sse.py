"""Server-sent events. No I/O: bytes in, events out."""

from __future__ import annotations

from typing import NamedTuple

MAX_LINE = 64 * 2**20  # 1min.ai's `result` event echoes the whole prompt on one line

BOM = b"\xef\xbb\xbf"
EVENT_ENDS = (b"\n\n", b"\r\r", b"\n\r\n")
LONGEST_BLANK = 2**16  # bytes before a stream's first word


class ServerSentEvent(NamedTuple):
    name: str  # "" when the event has no `event:` line
    data: bytes


class LineTooLong(Exception):
    """A line over MAX_LINE: not a stream of events."""


class Decoder:
    """Events from bytes cut anywhere, also inside a letter or a line end.

    Lines end at LF, CR or CRLF and nowhere else: bytes.splitlines() knows just these, where
    str.splitlines() also cuts at U+2028. An event counts once its blank line is there.
    """

    def __init__(self) -> None:
        self._unfinished: list[bytes] = []  # a line, so far
        self._size = 0
        self._after_cr = False  # a LF now is the second half of the last line's end
        self._name = ""
        self._data: list[bytes] = []
        self._at_start = True

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that `piece` completes. Raises LineTooLong."""
        if self._after_cr and piece:
            piece, self._after_cr = piece.removeprefix(b"\n"), False
        if piece.find(b"\n") < 0 and piece.find(b"\r") < 0:  # `in` raises an error first
            self._hold(piece)
            return []
        self._unfinished.append(piece)
        text = b"".join(self._unfinished)
        self._unfinished, self._size = [], 0
        if self._at_start:
            text, self._at_start = text.removeprefix(BOM), False
        lines = text.splitlines()
        if text.endswith(b"\r"):
            self._after_cr = True
        elif not text.endswith(b"\n"):
            self._hold(lines.pop())
        return self._events(lines)

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MAX_LINE:
            raise LineTooLong
        self._unfinished.append(piece)

    def _events(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(ServerSentEvent(self._name, b"\n".join(self._data)))
                    self._data = []
                self._name = ""
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line.startswith(b"event:"):
                self._name = line[6:].removeprefix(b" ").decode(errors="replace")
            elif line == b"data":
                self._data.append(b"")
        return events
