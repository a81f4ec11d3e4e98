"""Videos: begun for whoever pays, and asked for when somebody wants to know."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import getrandbits

from flask import Response, request

from utils import hubs
from utils.domain.callers import Caller
from utils.domain.chat import Attachment, Inline, Usage
from utils.domain.videos import Shot, Started, Video
from utils.errors import InvalidRequest
from utils.waiting import Waiting
from utils.web.admission.access import caller
from utils.web.calls.calls import call
from utils.web.calls.downloads import handed_on
from utils.web.calls.work import done, finished
from utils.web.http.notes import usage_headers
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.http.uploads import upload
from utils.web.media.media_models import FILM, chosen
from utils.web.services.services import Services, services
from utils.wire import videos as wire
from utils.wire.videos import REFERENCE, Download, Listing, VideoCreation

log = logging.getLogger(__name__)

FORM = "multipart/form-data"


def begun() -> Response:
    """It is paid for, so it is among its owner's videos also if they leave before they know."""
    who, relay, image = caller(), services(), None
    if request.mimetype == FORM:
        asked = VideoCreation.read(request.form.to_dict(flat=False))
        image = _given(relay)
    else:
        asked = VideoCreation.parse(body())
    shot = asked.to_shot(chosen(asked.model or "", FILM, relay), image)
    hubs.elsewhere(relay.videos.check, who.owner)
    made = call()
    made.charge_media(shot.model)
    work = made.booked(relay.upstream.video(shot, who.payer), _usage)
    add = partial(_added, shot, relay, who.owner, made.request_id)
    started = finished(work, partial(_kept, add))
    return json_response(wire.encode(add(started)))


def shown(id: str) -> Response:
    video = _told(id, caller(), services())
    response = json_response(wire.encode(video))
    if video.credits is not None:
        response.headers.update(usage_headers(Usage(0, 0, "upstream", video.credits)))
    return response


def listed() -> Response:
    """As far as it is known: nobody asks 1min.ai about all of them at once."""
    owner, asked = caller().owner, Listing.read(request.args.to_dict(flat=False))
    page = hubs.elsewhere(services().videos.page, asked.paging, owner)
    return json_response(wire.encode_list(*page))


def deleted(id: str) -> Response:
    hubs.elsewhere(services().videos.delete, id, caller().owner)
    return json_response(wire.encode_deleted(id))


def content(id: str) -> Response:
    """As it arrives from the host that has it."""
    who, relay = caller(), services()
    Download.read(request.args.to_dict(flat=False)).check()
    file = done(relay.upstream.video_file(_told(id, who, relay).place()))
    response = handed_on(file, file.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def refused(what: str) -> Response:
    raise InvalidRequest(f"1min.ai cannot {what}.", code="not_supported")


def _given(relay: Services) -> Attachment | None:
    if REFERENCE not in request.files:
        return None
    given = upload(REFERENCE, relay.config.max_file_mb * 2**20)
    picture = Inline(data=given.stream.read(), name=given.filename or "")
    return Attachment("image", picture, REFERENCE)


def _told(id: str, who: Caller, relay: Services) -> Video:
    """How far it is, asked of 1min.ai unless that was just done. Raises NotFound, and what
    1min.ai refuses.
    """
    video = hubs.elsewhere(relay.videos.find, id, who.owner)
    if video.over or not relay.videos.is_due(id):
        return video
    payer = replace(who.payer, account=video.account)
    progress = done(relay.upstream.video_progress(video.call, payer))
    video = video.after(progress, int(time.time()))
    told = hubs.elsewhere(relay.videos.tell, video, who.owner)
    if told.request_id and told.credits is not None:
        correction = who.owner, told.request_id, told.model, told.credits
        hubs.elsewhere(relay.budgets.correct, *correction)
    return told


def _usage(started: Started) -> Usage | None:
    """Most tell it only when they are asked how far they are."""
    credits = started.progress.credits
    return None if credits is None else Usage(0, 0, "upstream", credits)


def _added(shot: Shot, relay: Services, owner: str, request_id: str, started: Started) -> Video:
    now = int(time.time())
    video = Video(
        id=f"video_{getrandbits(96):024x}",
        call=started.call,
        model=shot.model,
        prompt=shot.prompt,
        seconds=started.seconds,
        size=started.size,
        created=now,
        account=started.account,
        request_id=request_id,
    )
    if started.progress.url:
        video = video.after(started.progress, now)
    hubs.elsewhere(relay.videos.add, video, owner)
    return video


def _kept(add: Callable[[Started], Video], started: Started) -> Waiting[None]:
    yield from ()
    add(started)
    log.info("a video was kept for a caller who had left")
