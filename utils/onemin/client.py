"""The only module that talks to 1min.ai."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import orjson

from utils.errors import UpstreamFailed
from utils.onemin import failures
from utils.onemin.feature import Feature
from utils.origin import Exchange, Origin

LONGEST_REFUSAL = 65536


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
        """A public resource's JSON. Raises as `send` does."""
        with self._quick.exchange("GET", target, {"Accept": "application/json"}) as exchange:
            body = b"".join(_body(exchange))
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise UpstreamFailed("1min.ai sent something that cannot be read") from error


def _body(exchange: Exchange) -> Generator[bytes]:
    refusal = b""
    for piece in exchange.pieces():
        if exchange.status == 200:
            _check_coding(exchange)
            yield piece
        else:
            refusal = (refusal + piece)[:LONGEST_REFUSAL]
            yield b""
    if exchange.status != 200:
        raise failures.of_response(exchange.status, exchange.headers, refusal)


def _check_coding(exchange: Exchange) -> None:
    """We asked for plain bytes; what is packed all the same could unpack to anything."""
    if exchange.headers.get("content-encoding", "identity") != "identity":
        raise UpstreamFailed("1min.ai packed its answer, though asked not to")
