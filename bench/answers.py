"""What a server answered: HTTP and server-sent events, read after the clock has stopped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from bench.errors import Failed
from bench.load import Exchange

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    name: str
    data: bytes
    arrived: float  # when the last of its bytes did


class Answer:
    """Of an exchange that may still be under way."""

    def __init__(self, exchange: Exchange) -> None:
        self._raw = b"".join(data for _, data in exchange.pieces)
        self._moments = [moment for moment, _ in exchange.pieces]
        self._received = list(accumulate(len(data) for _, data in exchange.pieces))
        self.sent = exchange.sent
        head, blank, _ = self._raw.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        self.status = int(line.split(" ")[1]) if blank else 0
        self.headers = {
            name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)
        }
        begin = len(head) + len(blank)
        chunked = self.headers.get("transfer-encoding") == "chunked"
        self._spans = list(_chunks(self._raw, begin)) if chunked else [(begin, len(self._raw))]

    @property
    def last_byte(self) -> float:
        return self._moments[-1]

    @property
    def body(self) -> bytes:
        return b"".join(self._raw[begin:end] for begin, end in self._spans)

    def events(self) -> Iterator[ServerSentEvent]:
        ends = list(accumulate(end - begin for begin, end in self._spans))  # in the body
        at = 0
        for block in self.body.split(b"\n\n")[:-1]:
            at += len(block) + 2
            name, data = _fields(block)
            span = bisect_left(ends, at)
            place = self._spans[span][1] - (ends[span] - at)
            yield ServerSentEvent(name, data, self._moments[bisect_left(self._received, place)])


def _chunks(raw: bytes, at: int) -> Iterator[Span]:
    """Where in `raw` each chunk's data is."""
    while (line_end := raw.find(b"\r\n", at)) >= 0:
        begin = line_end + 2
        try:
            size = int(raw[at:line_end].partition(b";")[0], 16)
        except ValueError as error:
            raise Failed("an answer is not framed in chunks, though it says so") from error
        if not size:
            return
        yield begin, min(begin + size, len(raw))
        at = begin + size + 2


def _fields(block: bytes) -> tuple[str, bytes]:
    name, data = "", b""
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"event":
            name = value.strip().decode()
        elif field == b"data":
            data += value.removeprefix(b" ")
    return name, data
