"""A reply, put on its connection."""

from __future__ import annotations

import time
from http import HTTPStatus

from simulator.http import Connection
from simulator.replies import Burst, Cut, Hang, Part, Pause, Reply, Reset

LAST_CHUNK = b"0\r\n\r\n"
EDGE = "Server: cloudflare\r\nCF-RAY: 8f0c1d2e3a4b5c6d-FRA\r\n"  # Cloudflare fronts the host


def deliver(reply: Reply, connection: Connection, lasting: bool) -> bool:
    """Whether the connection can carry another request. Gone when the peer left meanwhile."""
    lasting = lasting and reply.framing in ("chunked", "length")
    chunked = reply.framing == "chunked"
    unsent = head(reply, lasting)
    due = time.monotonic()
    for part in reply.body:
        match part:
            case bytes():
                connection.send(unsent + (chunk(part) if chunked else part))
                unsent = b""
            case Burst(data):
                connection.send(unsent + data)
                unsent = b""
            case Pause(seconds):
                due += seconds
                connection.wait(due)
            case Hang():
                connection.wait(None)
            case Reset():
                connection.reset()
                return False
            case Cut():
                return False
    if chunked or unsent:
        connection.send(unsent + (LAST_CHUNK if chunked else b""))
    return lasting


def chunk(data: bytes) -> bytes:
    """No chunk for no data: an empty one would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def burst(*pieces: bytes) -> Burst:
    return Burst(b"".join(map(chunk, pieces)))


def head(reply: Reply, lasting: bool) -> bytes:
    if reply.framing == "raw":
        return b""
    lines = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}\r\n{EDGE}"]
    lines += [f"{name}: {value}\r\n" for name, value in reply.headers.items()]
    if reply.framing == "chunked":
        lines.append("Transfer-Encoding: chunked\r\n")
    elif reply.framing == "length":
        lines.append(f"Content-Length: {_length(reply.body)}\r\n")
    lines.append("Connection: keep-alive\r\n\r\n" if lasting else "Connection: close\r\n\r\n")
    return "".join(lines).encode("latin-1")


def _length(body: tuple[Part, ...]) -> int:
    return sum(len(part) for part in body if isinstance(part, bytes))


def _reason(status: int) -> str:
    """Cloudflare's own codes, such as 522, have no name in the standard."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
