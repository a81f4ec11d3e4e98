"""HTTP by hand, where a library would hide the point."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.serving import ASKED, KEY


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        yield client


def chat_request(**fields: Any) -> bytes:
    body = json.dumps(ASKED | fields).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: relay\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def read_until(client: socket.socket, mark: bytes) -> bytes:
    """Everything up to and with `mark`, or to the end."""
    seen = b""
    while mark not in seen and (data := client.recv(65536)):
        seen += data
    return seen


def seconds_until_closed(client: socket.socket, limit: float) -> float:
    """How long the server keeps the connection; `limit` when it is still open then."""
    began = time.monotonic()
    client.settimeout(limit)
    try:
        while client.recv(65536):
            client.settimeout(max(0.01, limit - (time.monotonic() - began)))
    except (TimeoutError, ConnectionResetError):
        pass
    return time.monotonic() - began
