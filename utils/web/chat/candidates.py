"""Which models may answer a chat: the one that was asked, and those that stand in for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import reduce
from operator import add

from utils.domain import context
from utils.domain.aliases import followed, resolve
from utils.domain.callers import Caller
from utils.domain.catalog import Catalog, Model, check_model, no_such_model
from utils.domain.chat import Answering, Batches, Chat, Event, Finish, Usage
from utils.domain.context import Trimmed
from utils.errors import (
    LimitReached,
    ModelNotFound,
    RateLimited,
    RelayError,
    Unavailable,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.waiting import silence
from utils.web.admission.verification import vouched
from utils.web.calls.calls import Call
from utils.web.services.services import Services

log = logging.getLogger(__name__)

# Another model may do better. What the request or the account is to blame for, none can mend.
MENDABLE = (ModelNotFound, RateLimited, Unavailable, UpstreamFailed, UpstreamTimeout)


def answered(asked: Chat, relay: Services, made: Call, *, trim: bool) -> Batches:
    """The answer of the first model that gives one, and was not asked already. What came after
    an event is never tried again. Raises what the last model raised that could be asked at all.
    """
    failure = made.refusal
    spent: list[Usage] = []
    names, first = _named(asked, relay), 1 if made.refusal else 0
    for place, name in enumerate(names[first:], first):
        begun = False
        try:
            candidate = _chosen(asked, name, relay, trim=trim)
            chat, model, _ = candidate
            made.charge(chat, model)
            yield [_answering(*candidate, instead=names[0] if place else "")]
            with closing(_asked(chat, model, relay, made.who)) as batches:
                for batch in batches:
                    begun = begun or bool(batch)
                    yield _with(spent, batch) if spent else batch
            return
        except RelayError as error:
            spent += error.spent
            error.spent = spent
            final = begun or error.paid or isinstance(error, LimitReached | UnusableAnswer)
            if final or not isinstance(error, MENDABLE):
                raise
            if failure is None or not isinstance(error, ModelNotFound):
                failure = error
            log.warning("model %d of %d cannot answer: %s", place + 1, len(names), error.code)
    if failure:
        raise failure


def _asked(chat: Chat, model: Model | None, relay: Services, who: Caller) -> Batches:
    """1min.ai refuses whom it does not know; the operator's own servers are asked with the
    operator's keys, so somebody has to vouch for the caller.
    """
    if model and model.backend and not who.known:
        yield from silence(vouched(who, relay))
    yield from relay.upstream.chat(chat, model, who.payer)


def others(name: str, relay: Services) -> Sequence[str]:
    """Who is asked when the model of this name fails, in this order."""
    return _named(Chat(model=name, messages=()), relay)[1:]


def answering(name: str, relay: Services) -> str:
    """The model that is asked first where this one is meant. Raises ModelNotFound."""
    asked = Chat(model=name, messages=())
    chat, _, _ = _chosen(asked, _named(asked, relay)[0], relay, trim=False)
    return chat.model


def meant(name: str, relay: Services) -> Model:
    """The served model that this is the id of, or a name for. Raises ModelNotFound."""
    catalog = relay.catalog.current()
    id = resolved(name, catalog, relay)
    model = catalog.models.get(id)
    if model is None or not relay.permission.allows(id, model):
        raise no_such_model(name)
    return model


def _with(spent: list[Usage], batch: Sequence[Event]) -> Sequence[Event]:
    """The batch, with what failed calls cost added to what its Finish tells."""
    if batch and isinstance(finish := batch[-1], Finish) and finish.usage:
        return [*batch[:-1], replace(finish, usage=reduce(add, spent, finish.usage))]
    return batch


def _named(asked: Chat, relay: Services) -> list[str]:
    catalog = relay.catalog.at_hand()
    name = asked.model or catalog.default_chat_model(
        relay.config.default_chat_model, relay.permission
    )
    others = relay.fallbacks.get(name) or relay.fallbacks.get(resolved(name, catalog, relay))
    return [name, *(others or ())]


def _chosen(
    asked: Chat, name: str, relay: Services, *, trim: bool
) -> tuple[Chat, Model | None, Trimmed]:
    """For the model that `name` means. Raises ModelNotFound, ContextTooLong, and InvalidRequest
    for a model of another kind. The model is None where nobody knows what it can do.
    """
    catalog = relay.catalog.at_hand()
    id = resolved(name, catalog, relay)
    if relay.permission.allows(id) and id not in catalog.models:
        catalog = relay.catalog.renewed()
        id = resolved(name, catalog, relay)
    check_model(id, catalog, relay.permission, audio=asked.audio is not None)
    model = catalog.models.get(id)
    chat = asked if asked.model == id else replace(asked, model=id)
    limit = model.context if model else 0
    chat, trimmed = context.fitted(chat, limit, trim=trim)
    return chat, model, trimmed


def resolved(name: str, catalog: Catalog, relay: Services) -> str:
    if name in catalog.models:
        return name
    if relay.permission.subset_only:
        catalog = Catalog.of(catalog.permitted(relay.permission), live=catalog.live)
    return resolve(name, catalog, relay.aliases) or followed(name, catalog, relay.aliases)


def _answering(chat: Chat, model: Model | None, trimmed: Trimmed, *, instead: str) -> Answering:
    return Answering(
        model=chat.model,
        instead=instead,
        trimmed_messages=trimmed.messages,
        trimmed_tokens=trimmed.tokens,
        media=bool(model and model.media and not model.chat),
        backend=model.backend if model else "",
    )
