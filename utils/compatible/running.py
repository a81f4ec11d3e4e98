"""A relay that runs already, seen as its clients see it."""

from __future__ import annotations

from typing import Any

from utils import payload
from utils.compatible.upstream import Compatible
from utils.domain.chat import Batches, Chat
from utils.origin import Origin

LONGEST = 2**20  # bytes of what it tells of itself


class RunningRelay:
    def __init__(self, url: str, origin: Origin, surface: Compatible) -> None:
        """`origin` is at the URL, `surface` at its /v1."""
        self.url = url
        self._origin = origin
        self._surface = surface

    def told(self, path: str) -> tuple[int, Any]:
        """The status, and the JSON, None if there is none. Raises RelayError."""
        with self._origin.exchange("GET", path, {}) as exchange:
            body = b"".join(exchange.pieces(LONGEST))
            return exchange.status, payload.value(body)

    def chat(self, asked: Chat, key: str) -> Batches:
        """As `Compatible.chat`."""
        return self._surface.chat(asked, key)

    def close(self) -> None:
        self._origin.close()
        self._surface.close()
