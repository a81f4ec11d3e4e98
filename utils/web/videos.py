"""Videos: begun for whoever pays, and asked for when somebody wants to know."""

from __future__ import annotations

import logging
import time
from functools import partial
from random import getrandbits

from flask import Response, request

from utils.domain.chat import Attachment, Inline, Usage
from utils.domain.owner import owner
from utils.domain.videos import Shot, Started, Video
from utils.errors import InvalidRequest
from utils.waiting import Waiting
from utils.web.downloads import handed_on
from utils.web.media_models import FILM, chosen
from utils.web.notes import usage_headers
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.services import Services, services
from utils.web.uploads import upload
from utils.web.work import done, finished
from utils.wire import videos as wire
from utils.wire.videos import REFERENCE, Download, Listing, VideoCreation

log = logging.getLogger(__name__)

FORM = "multipart/form-data"


def begun() -> Response:
    """It is paid for, so it is among its owner's videos also if they leave before they know."""
    key, relay, image = api_key(), services(), None
    if request.mimetype == FORM:
        asked = VideoCreation.read(request.form.to_dict(flat=False))
        image = _given(relay)
    else:
        asked = VideoCreation.parse(body())
    shot = asked.to_shot(chosen(asked.model or "", FILM, relay), image)
    relay.videos.check(owner(key))
    started = finished(relay.upstream.video(shot, key), partial(_kept, shot, relay, key))
    return json_response(wire.encode(_added(started, shot, relay, owner(key))))


def shown(id: str) -> Response:
    video = _told(id, api_key(), services())
    response = json_response(wire.encode(video))
    if video.credits is not None:
        response.headers.update(usage_headers(Usage(0, 0, "upstream", video.credits)))
    return response


def listed() -> Response:
    """As far as it is known: nobody asks 1min.ai about all of them at once."""
    caller, asked = owner(api_key()), Listing.read(request.args.to_dict(flat=False))
    return json_response(wire.encode_list(*services().videos.page(asked.paging, caller)))


def deleted(id: str) -> Response:
    services().videos.delete(id, owner(api_key()))
    return json_response(wire.encode_deleted(id))


def content(id: str) -> Response:
    """As it arrives from the host that has it."""
    key, relay = api_key(), services()
    Download.read(request.args.to_dict(flat=False)).check()
    file = done(relay.upstream.video_file(_told(id, key, relay).place()))
    response = handed_on(file, file.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def refused(what: str) -> Response:
    api_key()
    raise InvalidRequest(f"1min.ai cannot {what}.", code="not_supported")


def _given(relay: Services) -> Attachment | None:
    if REFERENCE not in request.files:
        return None
    given = upload(REFERENCE, relay.config.max_file_mb * 2**20)
    picture = Inline(data=given.stream.read(), name=given.filename or "")
    return Attachment("image", picture, REFERENCE)


def _told(id: str, key: str, relay: Services) -> Video:
    """How far it is, asked of 1min.ai unless that was just done. Raises NotFound, and what
    1min.ai refuses.
    """
    video = relay.videos.find(id, owner(key))
    if video.over or not relay.videos.is_due(id):
        return video
    progress = done(relay.upstream.video_progress(video.call, key))
    return relay.videos.tell(video.after(progress, int(time.time())), owner(key))


def _added(started: Started, shot: Shot, relay: Services, caller: str) -> Video:
    now = int(time.time())
    video = Video(
        id=f"video_{getrandbits(96):024x}",
        call=started.call,
        model=shot.model,
        prompt=shot.prompt,
        seconds=started.seconds,
        size=started.size,
        created=now,
    )
    if started.progress.url:
        video = video.after(started.progress, now)
    relay.videos.add(video, caller)
    return video


def _kept(shot: Shot, relay: Services, key: str, started: Started) -> Waiting[None]:
    yield from ()
    _added(started, shot, relay, owner(key))
    log.info("a video was kept for a caller who had left")
