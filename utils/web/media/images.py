"""Pictures asked for by themselves."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial
from io import BytesIO
from urllib.parse import unquote

from flask import Response, request

from utils import hubs
from utils.domain.callers import Caller
from utils.domain.chat import Attachment, Inline, Usage
from utils.domain.drawings import Drawing, Drawn, Edit
from utils.domain.media import Picture
from utils.domain.stored_files import NewFile
from utils.errors import (
    ModelNotFound,
    RateLimited,
    RelayError,
    Unavailable,
    UpstreamFailed,
    after_payment,
)
from utils.waiting import Waiting, together
from utils.web.admission.access import caller
from utils.web.calls.calls import call
from utils.web.calls.work import attended, done, finished, streamed
from utils.web.http.notes import usage_headers
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.media import media_models
from utils.web.media.media_models import chosen
from utils.web.services.services import Services, services
from utils.wire import image_answers
from utils.wire.image_answers import Shown
from utils.wire.images import Asked, ImageEdit, ImageGeneration, ImageVariation

log = logging.getLogger(__name__)

AT_ONCE = 4  # pictures fetched
FORM = "multipart/form-data"

# Events of a stream.
_GENERATED, _EDITED = "image_generation.completed", "image_edit.completed"

# Another model may do better, unless something was paid for already.
_MENDABLE = (ModelNotFound, RateLimited, Unavailable, UpstreamFailed)


def generated() -> Response:
    who, asked = caller(), ImageGeneration.parse(body())
    model = chosen(asked.model or "", media_models.DRAW, services())
    return _answered(asked, asked.to_picture(model), who)


def edited() -> Response:
    """Of a form, or of a body that tells where its pictures are."""
    who, relay = caller(), services()
    if request.mimetype == FORM:
        asked = ImageEdit.read(request.form.to_dict(flat=False))
        images = [*_given("image", relay), *_given("image[]", relay)]
        mask = next(iter(_given("mask", relay)), None)
    else:
        asked = ImageEdit.parse(body())
        images, mask = asked.attached, asked.masking
    name, way = media_models.way(asked.model or "", relay)
    edit = asked.to_edit("", way, images, mask)
    model = chosen(name, media_models.editing(edit.way), relay)
    return _answered(asked, replace(edit, picture=replace(edit.picture, model=model)), who)


def varied() -> Response:
    """By the first model that can. Another than the one that was meant is told in a header."""
    who, relay = caller(), services()
    asked = ImageVariation.read(request.form.to_dict(flat=False))
    image = next(iter(_given("image", relay)), None)
    asked.to_likeness("", image)  # raises what is wrong, whoever is asked
    meant, models = media_models.varying(asked.model or "", relay)
    failure: RelayError | None = None
    for place, model in enumerate(models):
        try:
            response = _answered(asked, asked.to_likeness(model, image), who)
        except _MENDABLE as error:
            if error.paid:
                raise
            failure = failure or error
            log.warning("model %d of %d cannot vary: %s", place + 1, len(models), error.code)
            continue
        if model != meant:
            response.headers["x-relay-fallback"] = model
        return response
    raise failure or media_models.nobody(media_models.VARY)


def _given(field: str, relay: Services) -> list[Attachment]:
    """The files in a form. What is too large is cut, and refused for it where it is used."""
    most = relay.config.max_file_mb * 2**20 + 1
    return [
        Attachment(
            "image", Inline(data=file.stream.read(most), name=file.filename or ""), field
        )
        for file in request.files.getlist(field)
    ]


def _answered(asked: Asked, drawing: Drawing, who: Caller) -> Response:
    relay = services()
    picture = drawing if isinstance(drawing, Picture) else drawing.picture
    made = call()
    made.charge_media(picture.model, picture.n)
    order = done(relay.upstream.order(drawing, who.payer))
    revised = picture.prompt if asked.prompt and picture.prompt != asked.prompt else ""
    fetched = relay if asked.inline(picture.model) else None
    work, keep = (
        _shown(made.booked(order.work, _usage), fetched, revised),
        partial(_keep, relay, who),
    )
    if asked.streams:
        completed = _EDITED if isinstance(drawing, Edit) else _GENERATED
        frames = partial(image_answers.frames, completed=completed, created=int(time.time()))
        response = streamed(attended(work, keep), frames, image_answers.error_frame)
    else:
        shown = finished(work, keep)
        response = json_response(image_answers.encode(shown, int(time.time())))
        response.headers.update(usage_headers(shown.drawn.usage))
    if ignored := list(dict.fromkeys([*asked.ignored, *order.ignored])):
        response.headers["x-relay-ignored"] = ", ".join(ignored)
    return response


def _usage(drawn: Drawn) -> Usage | None:
    return drawn.usage


def _shown(work: Waiting[Drawn], fetching: Services | None, revised: str) -> Waiting[Shown]:
    """With the pictures themselves, where `fetching` brings them."""
    drawn = yield from work
    data = (yield from _fetched(drawn, fetching)) if fetching else ()
    return Shown(drawn, data, revised)


def _fetched(drawn: Drawn, relay: Services) -> Waiting[list[bytes]]:
    """Raises RelayError, which tells where the pictures are: they are paid for."""
    try:
        with after_payment():
            return (yield from together(map(relay.upstream.picture, drawn.urls), AT_ONCE))
    except RelayError as error:
        error.message += f" The pictures are at: {' '.join(drawn.urls)}"
        raise


def _keep(relay: Services, who: Caller, shown: Shown) -> Waiting[None]:
    """Among the caller's files."""
    data = shown.data or (yield from _fetched(shown.drawn, relay))
    for url, picture in zip(shown.drawn.urls, data, strict=True):
        name = unquote(url.partition("?")[0].rpartition("/")[2])
        new = NewFile(name, "vision")
        hubs.elsewhere(relay.files.add, BytesIO(picture), new, who.owner)
        yield
    log.info("%d picture(s) were kept for a caller who had left", len(data))
