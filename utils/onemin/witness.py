"""A client that compares what 1min.ai answers with what the relay relies on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from utils import payload, sse
from utils.domain.payers import Payer
from utils.onemin import bills, contract
from utils.onemin.bills import Balance
from utils.onemin.client import Client, Waiting
from utils.onemin.feature import Feature, Form
from utils.origin import Origin


class Witness(Client):
    """For one who asks one thing after another: it keeps where the answers differed, and the
    credits that the last of them told. What they said it forgets.
    """

    def __init__(self, *, chat: Origin, media: Origin, quick: Origin) -> None:
        super().__init__(chat=chat, media=media, quick=quick)
        self.balance: Balance | None = None
        self._deviations: dict[str, None] = {}

    def deviations(self) -> Sequence[str]:
        """Since this was asked last."""
        told, self._deviations = tuple(self._deviations), {}
        return told

    def send(self, feature: Feature, payer: Payer) -> Generator[bytes]:
        heard = []
        try:
            with closing(super().send(feature, payer)) as pieces:
                for piece in pieces:
                    heard.append(piece)
                    yield piece
        finally:
            if data := b"".join(heard):
                self._note(contract.of_chat(data, streaming=feature.streaming))
                self._hear(_record(data, feature.streaming))

    def call(self, feature: Feature, payer: Payer) -> Waiting:
        return self._called(super().call(feature, payer))

    def result(self, uuid: str, payer: Payer) -> Waiting:
        return self._called(super().result(uuid, payer))

    def upload(self, form: Form, payer: Payer) -> Waiting:
        reply = yield from super().upload(form, payer)
        self._note(contract.of_upload(reply))
        return reply

    def get(self, target: str) -> Any:
        reply = super().get(target)
        self._note(contract.of_listing(reply, target))
        return reply

    def _called(self, waiting: Waiting) -> Waiting:
        reply = yield from waiting
        self._note(contract.of_call(reply))
        self._hear(reply)
        return reply

    def _hear(self, reply: Any) -> None:
        self.balance = bills.balance(reply) or self.balance

    def _note(self, deviations: Sequence[str]) -> None:
        self._deviations.update(dict.fromkeys(deviations))


def _record(data: bytes, streaming: bool) -> Any:
    if not streaming:
        return payload.value(data)
    try:
        events = sse.Decoder().feed(data)
    except sse.LineTooLong:
        return None
    told = (event.data for event in events if event.name == "result")
    return payload.value(next(told, b""))
