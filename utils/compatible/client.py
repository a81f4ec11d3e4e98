"""The only module that talks to such a server."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from utils import payload
from utils.compatible import failures
from utils.domain.passing import Passing, Pieces
from utils.errors import UpstreamFailed
from utils.origin import Exchange, Origin

LONGEST_LIST = 4 * 2**20


class Client:
    """`chat` carries what streams, `quick` what somebody waits for, `slow` what takes minutes
    without a word. The origins' URLs end where `/chat/completions` begins.
    """

    def __init__(self, *, chat: Origin, quick: Origin, slow: Origin | None = None) -> None:
        self._chat = chat
        self._quick = quick
        self._slow = slow or chat

    def send(self, body: Mapping[str, Any], key: str, *, streaming: bool) -> Generator[bytes]:
        """A chat completion as it arrives, b"" for each moment of silence. An empty `key` is
        not sent.

        Closing this closes the connection. Raises what the server refused, UpstreamFailed,
        UpstreamTimeout, UpstreamUnreachable.
        """
        headers = {
            **_authorized(key),
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if streaming else "application/json",
        }
        # Not orjson: a schema may hold numbers of any size.
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        with self._chat.exchange("POST", "/chat/completions", headers, data) as exchange:
            yield from exchange.answer(failures.of_response)

    def embeddings(self, body: bytes, key: str) -> Generator[bytes]:
        """The answer as it arrives. Closes and raises as `send` does."""
        headers = {**_authorized(key), "Content-Type": "application/json"}
        with self._chat.exchange("POST", "/embeddings", headers, body) as exchange:
            yield from exchange.answer(failures.of_response)

    def passed(
        self, asked: Passing, body: Pieces, key: str
    ) -> AbstractContextManager[Exchange]:
        """A request with a body as it is."""
        origin = self._slow if asked.slow else self._chat
        headers = {**asked.headers, **_authorized(key)}
        return origin.exchange("POST", asked.path, headers, body)

    def models(self, key: str) -> list[str]:
        """The ids of the models it lists. Raises as `send` does."""
        headers = {**_authorized(key), "Accept": "application/json"}
        body = bytearray()
        with self._quick.exchange("GET", "/models", headers) as exchange:
            for piece in exchange.answer(failures.of_response):
                body += piece
                if len(body) > LONGEST_LIST:
                    raise UpstreamFailed("The model's server lists models without end")
        return _ids(payload.value(bytes(body)))

    def close(self) -> None:
        for origin in (self._chat, self._quick, self._slow):
            origin.close()


def _authorized(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _ids(reply: Any) -> list[str]:
    match reply:
        case {"data": [*entries]} | [*entries]:
            return [entry["id"] for entry in entries if _is_named(entry)]
    raise UpstreamFailed("The model's server sent something that is not a list of models")


def _is_named(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), str)
