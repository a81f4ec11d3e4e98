"""Requests that a configured server answers in the client's own words: bytes in, bytes out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Response, request

from utils.domain.catalog import Model, no_such_model, unable
from utils.domain.chat import Chat, Message
from utils.domain.passing import Passed, Passing
from utils.errors import InvalidRequest, RelayError
from utils.tokens import counts
from utils.waiting import Waiting, paused
from utils.web.admission.verification import check
from utils.web.calls.calls import MOST_OUTPUT, call
from utils.web.chat import candidates
from utils.web.chat.course import MENDABLE
from utils.web.forwarding.verbatim import handed_on
from utils.web.http.request import whole_body
from utils.web.media import media_models
from utils.web.media.media_models import DRAW, LISTEN, SPEAK, Need
from utils.web.services.services import Services, services
from utils.wire.passing import FormBody, JsonBody, SentBody

log = logging.getLogger(__name__)

FORM = "multipart/form-data"
MADE_OR_HEARD = ("/audio/", "/images/")
HANDED_ON = ("accept", "content-type", "openai-beta", "traceparent", "tracestate")

Core = Callable[[], Response]
Names = Callable[[Services], str]


@dataclass(frozen=True, slots=True)
class Passage:
    """What is asked of a server, and where: `path` is below its base URL. `default` names the
    model of a request that names none; one that `chats` is found as chat models are, and may
    have others in its place.
    """

    path: str
    need: Need
    default: Names = lambda _: ""
    chats: bool = False
    has_others: bool = False


def _default_chat_model(relay: Services) -> str:
    preferred = relay.config.default_chat_model
    return relay.catalog.at_hand().default_chat_model(preferred, relay.permission)


CHATS = Need("chat", lambda model: model.chat, ())

CHAT = Passage("/chat/completions", CHATS, _default_chat_model, chats=True, has_others=True)
COMPLETION = Passage("/completions", CHATS, _default_chat_model, chats=True, has_others=True)
SPEECH = Passage(
    "/audio/speech", SPEAK, lambda relay: relay.config.default_speech_model, has_others=True
)
TRANSCRIPTION = Passage(
    "/audio/transcriptions",
    LISTEN,
    lambda relay: relay.config.default_transcription_model,
    has_others=True,
)
TRANSLATION = Passage("/audio/translations", LISTEN)
GENERATION = Passage("/images/generations", DRAW, lambda r: media_models.chosen("", DRAW, r))
EDIT = Passage("/images/edits", DRAW)
VARIATION = Passage("/images/variations", DRAW)


def passed_or(passage: Passage, core: Core) -> Response:
    """The answer of the server that has the model which is asked. For any other, what `core`
    makes of the request; and when the server cannot answer, though others may, of that.
    """
    relay = services()
    sent = _sent() if relay.upstream.models else None
    if sent is None:
        return core()
    name = sent.model() or passage.default(relay)
    model = meant(name, passage, relay)
    if model is None:
        return core()
    others = candidates.others(name, relay) if passage.has_others else ()
    if others and relay.restart and sent.streams():
        return core()  # bytes of one server are nothing for another to go on with
    asked = _admitted(sent, passage.path, model, replaceable=bool(others))
    try:
        work = _persistent(asked, model, relay, call().who.owner)
        return handed_on(work, asked, mendable=bool(others))
    except MENDABLE as error:
        if not others:
            raise
        log.warning("model 1 of %d cannot answer: %s", len(others) + 1, error.code)
        call().refusal = error
        return core()


def passed(model: Model, path: str) -> Response:
    """The answer to this request of the server that has the model. It is charged and booked.

    `path` is below the server's base URL. Raises RelayError.
    """
    sent = _sent()
    if sent is None:
        raise InvalidRequest("The request body is not a JSON object.")
    asked = _admitted(sent, path, model)
    work = _persistent(asked, model, services(), call().who.owner)
    return handed_on(work, asked, mendable=False)


def _persistent(asked: Passing, model: Model, relay: Services, owner: str) -> Waiting[Passed]:
    """Its server's answer; asked for once more where nobody can have been paid for it."""
    retries = relay.retries.begun(free=model.is_free)
    while True:
        try:
            answer = yield from relay.upstream.passed(asked, model, owner)
        except RelayError as error:
            pause = retries.pause(error)
            if pause is None:
                raise retries.cause(error) from None
        else:
            pause = retries.pause(answer.failure) if answer.failure else None
            if pause is None:
                return answer
            answer.close()
        yield from paused(pause)


def meant(name: str, passage: Passage, relay: Services) -> Model | None:
    """The model of this name, if a configured server has it. Raises ModelNotFound, and
    InvalidRequest for a model of another kind.
    """
    catalog = relay.catalog.at_hand()
    resolved = candidates.resolved if passage.chats else media_models.resolved
    model = catalog.models.get(resolved(name, catalog, relay))
    if model is None or not model.backend:
        return None
    if not relay.permission.allows(model.id, model):
        raise no_such_model(name)
    if not passage.need.able(model):
        raise unable(model.id, passage.need.word)
    return model


def _sent() -> SentBody | None:
    """None for what is no JSON: whoever parses it says so."""
    if request.mimetype != FORM:
        return JsonBody.read(whole_body())
    boundary = request.mimetype_params.get("boundary", "")
    return FormBody(request.form.to_dict(flat=False), boundary, whole_body)


def _admitted(sent: SentBody, path: str, model: Model, *, replaceable: bool = False) -> Passing:
    """Raises RateLimited and OutOfBudget, and Unauthorized for whom nobody knows."""
    check()
    made, words = call(), None if path.startswith(MADE_OR_HEARD) else sent.words()
    if words is None:
        made.charge_media(model.id)
    elif path in (CHAT.path, COMPLETION.path):
        said = Message(role="user", text=words)
        most = min(model.max_output or MOST_OUTPUT, MOST_OUTPUT)
        chat = Chat(model=model.id, messages=(said,), max_tokens=sent.limit(most))
        made.charge(chat, model)
    else:
        made.charge_read(partial(counts.count, words, model.id), model)
    headers = {name: value for name in HANDED_ON if (value := request.headers.get(name))}
    return Passing(
        path=path,
        model=model.id,
        headers=headers,
        body=sent.with_,
        words=words,
        streams=sent.streams(),
        slow=words is None,
        replaceable=replaceable,
    )
