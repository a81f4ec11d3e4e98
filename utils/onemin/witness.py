"""A client that compares what 1min.ai answers with what the relay relies on."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from utils.domain.payers import Balance, Payer
from utils.onemin import bills, contract
from utils.onemin.client import Client, Waiting
from utils.onemin.feature import Feature, Form


@dataclass(slots=True)
class Notes:
    """Where answers differed, and the credits that the last of them told."""

    deviations: list[str] = field(default_factory=list)
    balance: Balance | None = None


_NOTES = ContextVar[Notes]("notes")


class Witness(Client):
    """It notes what it hears for whoever asks. What the answers said it forgets."""

    @contextmanager
    def noting(self) -> Iterator[Notes]:
        """Of what is asked from this context: another's late answers are not among them."""
        notes = Notes()
        before = _NOTES.set(notes)
        try:
            yield notes
        finally:
            _NOTES.reset(before)

    def send(self, feature: Feature, payer: Payer) -> Generator[bytes]:
        heard = []
        try:
            with closing(super().send(feature, payer)) as pieces:
                for piece in pieces:
                    heard.append(piece)
                    yield piece
        finally:
            if data := b"".join(heard):
                _note(*contract.of_chat(data, streaming=feature.streaming))

    def call(self, feature: Feature, payer: Payer) -> Waiting:
        return _called(super().call(feature, payer))

    def result(self, uuid: str, payer: Payer) -> Waiting:
        return _called(super().result(uuid, payer))

    def upload(self, form: Form, payer: Payer) -> Waiting:
        reply = yield from super().upload(form, payer)
        _note(contract.of_upload(reply))
        return reply

    def get(self, target: str) -> Any:
        reply = super().get(target)
        _note(contract.of_listing(reply, target))
        return reply


def _called(waiting: Waiting) -> Waiting:
    reply = yield from waiting
    _note(contract.of_call(reply), reply)
    return reply


def _note(deviations: Sequence[str], reply: Any = None) -> None:
    if notes := _NOTES.get(None):
        notes.deviations += (each for each in deviations if each not in notes.deviations)
        notes.balance = bills.balance(reply) or notes.balance
