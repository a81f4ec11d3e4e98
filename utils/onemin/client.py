"""The only module that talks to 1min.ai."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

from utils import payload
from utils.domain.payers import Payer
from utils.errors import UpstreamFailed
from utils.onemin import failures
from utils.onemin.bills import bill_of
from utils.onemin.feature import Feature, Form
from utils.origin import Body, Origin

# A stream of 1min.ai's may be plain text, but not where it says that it is JSON.
_NO_TEXT = re.compile(rb"\s*(?:[\[\"<\d-]|null|true|false)")

# Yields at each moment of silence, so that whoever waits can leave; returns the reply's JSON.
Waiting = Generator[None, None, Any]


class Client:
    """`chat` carries what streams, `media` what takes minutes without a word, `quick` what a
    waiting list depends on.
    """

    def __init__(self, *, chat: Origin, media: Origin, quick: Origin) -> None:
        self._chat = chat
        self._media = media
        self._quick = quick

    def send(self, feature: Feature, payer: Payer) -> Generator[bytes]:
        """The answer's body as it arrives, b"" for each moment of silence.

        Closing this closes the connection. Raises what 1min.ai refused, UpstreamFailed,
        UpstreamTimeout, UpstreamUnreachable.
        """
        headers = {
            "API-KEY": payer.key,
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if feature.streaming else "application/json",
        }
        with self._chat.exchange("POST", feature.target, headers, feature.body()) as exchange:
            answer = exchange.answer(failures.of_response)
            for piece in answer:
                if _NO_TEXT.match(piece) and exchange.is_json:
                    raise UpstreamFailed("1min.ai sent something that is not an answer")
                yield piece
                if piece.strip():
                    break
            yield from answer

    def call(self, feature: Feature, payer: Payer) -> Waiting:
        """A feature's record. Raises as `send` does."""
        headers = {"API-KEY": payer.key, "Content-Type": "application/json"}
        with (bill := bill_of(payer)).asking(f"{feature.type} {feature.model}"):
            reply = yield from _waiting(
                self._media, "POST", feature.target, headers, feature.body()
            )
        bill.asked(reply)
        return reply

    def upload(self, form: Form, payer: Payer) -> Waiting:
        """What became of a file. Raises as `send` does."""
        headers = {"API-KEY": payer.key, "Content-Type": form.content_type}
        return _waiting(self._media, "POST", "/api/assets", headers, form.pieces)

    def result(self, uuid: str, payer: Payer) -> Waiting:
        """The record so far of a call that 1min.ai has put off. Raises as `send` does."""
        target = f"/api/results/{quote(uuid, safe='')}"
        reply = yield from _waiting(self._quick, "GET", target, {"API-KEY": payer.key}, b"")
        bill_of(payer).polled(reply)
        return reply

    def close(self) -> None:
        for origin in (self._chat, self._media, self._quick):
            origin.close()

    def get(self, target: str) -> Any:
        """A public resource's JSON, None for what is no JSON. Raises as `send` does."""
        with self._quick.exchange("GET", target, {"Accept": "application/json"}) as exchange:
            body = b"".join(exchange.answer(failures.of_response))
        return payload.value(body)


def _waiting(
    origin: Origin, method: str, target: str, headers: dict[str, str], body: Body
) -> Waiting:
    pieces = []
    with origin.exchange(method, target, headers, body) as exchange:
        for piece in exchange.answer(failures.of_response):
            pieces.append(piece)
            yield
    return payload.value(b"".join(pieces))
