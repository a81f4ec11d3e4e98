"""A configured server seen from the relay: its models, and what they are asked."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

from utils.compatible import chat, passing
from utils.compatible.client import Client
from utils.compatible.embeddings import Served, embed
from utils.compatible.models import models
from utils.compatible.upstream import Compatible
from utils.domain import context, filters
from utils.domain.breaker import FAULTS, Breakers, State
from utils.domain.catalog import Model
from utils.domain.chat import Ask, Batches, Chat, Native, Usage
from utils.domain.embeddings import Embedded, Embedding
from utils.domain.emulation import bounded
from utils.domain.meter import Meter
from utils.domain.passing import Passed, Passing
from utils.errors import (
    Forbidden,
    OutOfCredit,
    RelayError,
    Unauthorized,
    Unavailable,
    masked,
)
from utils.relay_file import Backend, BackendModel
from utils.tokens import counts
from utils.waiting import Waiting

log = logging.getLogger(__name__)


class Server:
    """Shared by all threads. What it raises never tells of the key it is asked with."""

    def __init__(self, name: str, settings: Backend, client: Client) -> None:
        self.settings = settings
        self.models = list(models(name, settings))
        self._name = name
        self._key = settings.api_key.get_secret_value()
        self._client = client
        self._surface = Compatible(client)
        self._breakers = Breakers()

    def chat(self, asked: Chat, model: Model, owner: str) -> Batches:
        """The answer in batches, for `owner`. Closing this hangs up on the server. Raises
        RelayError, and Unavailable at once while the model is left alone.
        """
        meter = Meter(_estimated)
        ask = filters.thinking(meter.metered(self._asking(model, owner)))
        with closing(meter.booked(bounded(ask, asked))(asked)) as batches:
            for batch in batches:
                yield [Native(), *batch] if batch else batch
                if batch:
                    break
            yield from batches

    def embed(self, asked: Embedding, model: Model, owner: str) -> Waiting[Embedded]:
        """Raises as `chat` does."""
        entry = self.entry(model)
        traits = entry.embeddings
        served = Served(
            name=entry.name or model.id,
            batch=traits.batch,
            base64=traits.base64,
            tokens=traits.tokens,
            shortens=traits.shortens,
            arguments=entry.arguments,
        )
        with self._owning():
            return (yield from embed(asked, served, partial(self._embeddings, model, owner)))

    def _embeddings(self, model: Model, owner: str, body: bytes) -> Waiting[bytes]:
        answer = []
        with self._breakers.trial(model.id, owner) as trial:
            for piece in trial.watched(self._client.embeddings(body, self._key)):
                answer.append(piece)
                yield
        return b"".join(answer)

    def passed(self, asked: Passing, model: Model, owner: str) -> Waiting[Passed]:
        """The answer to a request as it came; raises as `chat` does."""
        entry = self.entry(model)
        body = asked.body(entry.name or model.id, entry.arguments)
        with ExitStack() as held, self._owning():
            trial = held.enter_context(self._breakers.trial(model.id, owner))
            with trial.judging():
                answer = yield from passing.passed(self._client, asked, body, self._key)
            held.callback(answer.close)
            if isinstance(answer.failure, FAULTS):
                trial.judge(answer.failure)
                pieces = answer.pieces
            else:
                pieces = trial.watched(answer.pieces)
            return replace(answer, pieces=pieces, close=held.pop_all().close)

    def entry(self, model: Model) -> BackendModel:
        """What its operator says of a model of this server."""
        return self.settings.models[model.id]

    def state(self) -> Mapping[str, State]:
        return self._breakers.state(self.settings.models)

    def close(self) -> None:
        """No connection is kept for later any more. What is under way comes to its end."""
        self._client.close()

    def _asking(self, model: Model, owner: str) -> Ask:
        entry = self.entry(model)
        trials = partial(self._breakers.trial, model.id, owner)

        def asked(said: Chat) -> Batches:
            built = chat.build(said, model=entry.name or model.id, sees=entry.vision)
            body = {**entry.arguments, **built}
            answer = self._surface.answered(body, self._key, streaming=said.stream)
            with self._owning(), trials() as trial, closing(answer):
                yield from trial.watched(answer)

        return asked

    @contextmanager
    def _owning(self) -> Iterator[None]:
        """What is wrong with the operator's account is not for its caller to mend, or see."""
        try:
            yield
        except RelayError as error:
            error.message = masked(error.message, self._key)
            if not isinstance(error, Unauthorized | Forbidden | OutOfCredit):
                raise
            log.error("the back-end %s refuses its api_key: %s", self._name, error.code)
            told = Unavailable(
                f"The server of this model, {self._name!r}, refused this relay. Its operator "
                "can look at `api_key` in relay.yaml.",
                code="backend_refused",
            )
            told.retryable = False
            raise told from error


def _estimated(asked: Chat, said: str) -> Usage:
    return Usage(context.counted(asked), counts.count(said, asked.model), "estimated")
