"""Files that come in parts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.uploads import LARGEST_PART
from utils.web.admission.access import caller
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.http.uploads import upload
from utils.web.services.services import services
from utils.wire import uploads
from utils.wire.uploads import UploadCompletion, UploadCreation

FORM = 2**20  # bytes, more than a form adds to what it holds

bp = Blueprint("uploads", __name__)


@bp.post("/v1/uploads")
def create() -> Response:
    who, asked = caller(), UploadCreation.parse(body())
    return json_response(
        uploads.encode(services().uploads.create(asked.to_upload(), who.owner))
    )


@bp.post("/v1/uploads/<id>/parts")
def add(id: str) -> Response:
    who, relay = caller(), services()
    # OpenAI's package cuts parts of 64 MiB, which with their form are more than MAX_BODY_MB.
    request.max_content_length = relay.config.max_body_mb * 2**20 + FORM
    given = upload("data", LARGEST_PART)
    return json_response(uploads.encode_part(relay.uploads.add(id, given.stream, who.owner)))


@bp.post("/v1/uploads/<id>/complete")
def complete(id: str) -> Response:
    who, asked = caller(), UploadCompletion.parse(body())
    done = services().uploads.complete(id, asked.to_completion(), who.owner)
    return json_response(uploads.encode(done))


@bp.post("/v1/uploads/<id>/cancel")
def cancel(id: str) -> Response:
    return json_response(uploads.encode(services().uploads.cancel(id, caller().owner)))
