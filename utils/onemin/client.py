"""The only module that talks to 1min.ai."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from utils.errors import UpstreamFailed
from utils.onemin import failures, payload
from utils.onemin.feature import Feature
from utils.origin import Exchange, Origin

LONGEST_REFUSAL = 65536
ANSWERS = range(200, 300)


class Client:
    """`patient` carries what may take minutes, `quick` what a waiting list depends on."""

    def __init__(self, patient: Origin, quick: Origin) -> None:
        self._patient = patient
        self._quick = quick

    def send(self, feature: Feature, key: str) -> Generator[bytes]:
        """The answer's body as it arrives, b"" for each moment of silence.

        Closing this closes the connection. Raises what 1min.ai refused, UpstreamFailed,
        UpstreamTimeout, UpstreamUnreachable.
        """
        headers = {
            "API-KEY": key,
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if feature.streaming else "application/json",
        }
        with self._patient.exchange(
            "POST", feature.target, headers, feature.body()
        ) as exchange:
            yield from _body(exchange)

    def close(self) -> None:
        self._patient.close()
        self._quick.close()

    def get(self, target: str) -> Any:
        """A public resource's JSON, None for what is no JSON. Raises as `send` does."""
        with self._quick.exchange("GET", target, {"Accept": "application/json"}) as exchange:
            body = b"".join(_body(exchange))
        return payload.value(body)


def _body(exchange: Exchange) -> Generator[bytes]:
    refusal = b""
    for piece in exchange.pieces():
        if exchange.status in ANSWERS:
            _check(exchange)
            yield piece
        else:
            refusal = (refusal + piece)[:LONGEST_REFUSAL]
            yield b""
    if exchange.status not in ANSWERS:
        raise failures.of_response(exchange.status, exchange.headers, refusal)


def _check(exchange: Exchange) -> None:
    """A page is no answer. We asked for plain bytes; packed ones could unpack to anything."""
    if exchange.headers.get("content-type", "").startswith("text/html"):
        raise UpstreamFailed("1min.ai sent a page in place of an answer")
    if exchange.headers.get("content-encoding", "identity") != "identity":
        raise UpstreamFailed("1min.ai packed its answer, though asked not to")
