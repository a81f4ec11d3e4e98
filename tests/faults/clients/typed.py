"""Requests as somebody types them, and all that comes back until the connection is closed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from tests.raw import connected
from tests.serving import ASKED, KEY

HOST = b"Host: relay\r\n"
KEYED = HOST + f"Authorization: Bearer {KEY}\r\n".encode()
BODY = json.dumps(ASKED).encode()
SIZE = b"Content-Length: %d" % len(BODY)
LAST = b"Connection: close"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


def head(line: bytes, *headers: bytes) -> bytes:
    return b"".join(part + b"\r\n" for part in (line, *headers, b""))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Message
    body: Any


def post(*headers: bytes, body: bytes = b"", path: str = "/v1/chat/completions") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return f"POST {path} HTTP/1.1\r\n".encode() + KEYED + lines + b"\r\n" + body


def answers(port: int, sent: bytes) -> list[Answer]:
    """Each of them; the relay must close, or the last request say that it may."""
    with connected(port) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(sent)
        told = b""
        while data := client.recv(65536):
            told += data
    found = []
    while told:
        head, _, told = told.partition(b"\r\n\r\n")
        status, _, lines = head.partition(b"\r\n")
        headers = BytesHeaderParser().parsebytes(lines + b"\r\n\r\n")
        size = int(headers["Content-Length"] or 0)
        body, told = told[:size], told[size:]
        found.append(
            Answer(int(status.split()[1]), headers, json.loads(body) if body else None)
        )
    return found


def refusal(port: int, sent: bytes) -> Answer:
    """The one answer, in OpenAI's envelope; what comes behind it in the same bytes has none."""
    [answer] = answers(port, sent)
    assert list(answer.body) == ["error"]
    assert set(answer.body["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["Connection"] == "close"
    assert answer.headers["x-request-id"]
    return answer
