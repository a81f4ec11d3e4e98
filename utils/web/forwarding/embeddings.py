"""Texts embedded, judged and ranked. No other model stands in for the one that was asked: what
two models make of a text cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flask import Response

from utils.domain.aliases import followed
from utils.domain.catalog import Model, no_such_model, unable
from utils.domain.chat import Usage
from utils.domain.embeddings import Embedded, Embedding, tokens
from utils.errors import ModelNotFound
from utils.waiting import Waiting
from utils.web.calls.calls import call
from utils.web.calls.work import done
from utils.web.forwarding import passing
from utils.web.http.notes import usage_headers
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.media.media_models import Need, nobody
from utils.web.services.services import services
from utils.wire import embeddings as wire
from utils.wire.embeddings import EmbeddingsRequest
from utils.wire.moderations import ModerationRequest
from utils.wire.rerank import RerankRequest

EMBED = Need("embed texts", lambda model: model.embedding, ())
JUDGE = Need("judge texts", lambda model: model.moderation, ())
RANK = Need("rank documents", lambda model: model.rerank, ())

FILE = "`backends` in relay.yaml"  # where an operator adds models
OR_ITSELF = f"{FILE}, or LOCAL_EMBEDDINGS"


def embedded() -> Response:
    asked = EmbeddingsRequest.parse(raw := body())
    model = chosen(asked.model, EMBED, OR_ITSELF)
    question = asked.to_embedding(model.id, raw)
    count = partial(tokens, question.inputs, model.id)
    made = call()
    made.charge_read(count, model)
    work = _counted(services().upstream.embed(question, model, made.who.owner), count)
    answer = done(made.booked(work, lambda value: value.usage))
    return _answered(question, answer)


def judged() -> Response:
    asked = ModerationRequest.parse(body())
    return passing.passed(chosen(asked.model, JUDGE, FILE), "/moderations")


def ranked() -> Response:
    asked = RerankRequest.parse(body())
    return passing.passed(chosen(asked.model, RANK, FILE), "/rerank")


def chosen(name: str, need: Need, settings: str) -> Model:
    """Without a name, the first that is able. Raises ModelNotFound, which tells the `settings`
    where no model is; InvalidRequest for a model of another kind.
    """
    relay = services()
    catalog = relay.catalog.at_hand()
    if not any(map(need.able, catalog.models.values())):
        raise ModelNotFound(
            f"This relay has no model to {need.word}. Its operator can add one: {settings}.",
            param="model",
        )
    if not name:
        able = filter(need.able, catalog.permitted(relay.permission))
        name = next((model.id for model in able), "")
    if not name:
        raise nobody(need)
    model = catalog.models.get(followed(name, catalog, relay.aliases))
    if model is None or not relay.permission.allows(model.id, model):
        raise no_such_model(name)
    if not need.able(model):
        raise unable(model.id, need.word)
    return model


def _counted(work: Waiting[Embedded], count: Callable[[], int]) -> Waiting[Embedded]:
    """With an estimate where nobody told what was used."""
    value = yield from work
    return value if value.usage else replace(value, usage=Usage(count(), 0, "estimated"))


def _answered(question: Embedding, answer: Embedded) -> Response:
    if answer.raw:
        response = Response(answer.raw, mimetype="application/json")
    else:
        response = json_response(wire.encode(question, answer))
    response.headers.update(usage_headers(answer.usage))
    return response
