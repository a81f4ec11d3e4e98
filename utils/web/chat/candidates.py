"""Which models may answer a chat: the one that was asked, and those that stand in for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from utils.domain import context
from utils.domain.aliases import followed, resolve
from utils.domain.callers import Caller
from utils.domain.catalog import Catalog, Model, check_model, no_such_model
from utils.domain.chat import Answering, Batches, Chat
from utils.domain.context import Trimmed
from utils.errors import (
    RelayError,
)
from utils.waiting import paused, silence
from utils.web.admission.verification import vouched
from utils.web.calls.calls import Call
from utils.web.chat.course import Course
from utils.web.services.services import Services

log = logging.getLogger(__name__)


def answered(asked: Chat, relay: Services, made: Call, *, trim: bool) -> Batches:
    """The answer of the first model that gives one, and was not asked already. What came after
    an event is never tried again, but for a text that another may go on with (`restart`).
    """
    names, first = _named(asked, relay), 1 if made.refusal else 0
    course = Course(asked, made.refusal, restart=relay.restart)
    for place, name in enumerate(names[first:], first):
        try:
            chat, model, trimmed = _chosen(course.next, name, relay, trim=trim)
            made.charge(chat, model)
            instead = names[0] if place else ""
            yield [_answering(chat, model, trimmed, instead=instead)]
            last = place + 1 == len(names)
            answer = _asked(chat, model, relay, made.who, last=last)
            with closing(course.heard(answer, chat)) as batches:
                yield from batches
            return
        except GeneratorExit:
            for usage in course.spent:
                made.book(usage)
            raise
        except RelayError as error:
            course.go_on(error, instead=place > 0)
            log.warning("model %d of %d cannot answer: %s", place + 1, len(names), error.code)
    if course.failure:
        raise course.failure


def _asked(
    chat: Chat, model: Model | None, relay: Services, who: Caller, *, last: bool
) -> Batches:
    """1min.ai refuses whom it does not know; the operator's own servers are asked with the
    operator's keys, so somebody has to vouch for the caller. `last` is who nobody is behind.
    """
    if model and model.backend and not who.known:
        yield from silence(vouched(who, relay))
    retries = relay.retries.begun(free=bool(model and model.is_free))
    begun = False
    while True:
        try:
            with closing(_tried(chat, model, relay, who, last=last)) as batches:
                for batch in batches:
                    begun = begun or bool(batch)
                    yield batch
            return
        except RelayError as error:
            # A file may have been heard, or a picture drawn, before the refusal.
            plain = not chat.attachments and not (model and model.media)
            pause = retries.pause(error) if plain and not begun else None
            if pause is None:
                raise retries.cause(error) from None
            log.warning("asking again in %.1f s: %s", pause, error.code)
        yield from silence(paused(pause))


def _tried(
    chat: Chat, model: Model | None, relay: Services, who: Caller, *, last: bool
) -> Batches:
    """A model of 1min.ai that keeps failing is left alone only where another answers instead:
    else to refuse the call would help nobody. A server of the operator's has breakers itself.
    """
    answer = relay.upstream.chat(chat, model, who.payer)
    if last or (model and model.backend):
        return answer
    return _watched(answer, chat, relay, who)


def _watched(answer: Batches, chat: Chat, relay: Services, who: Caller) -> Batches:
    with relay.breakers.trial(chat.model, who.owner) as trial, closing(answer):
        yield from trial.watched(answer)


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
