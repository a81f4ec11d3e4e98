"""Files that come in parts."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.domain.uploads import LARGEST_PART
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.services import services
from utils.web.uploads import upload
from utils.wire import uploads
from utils.wire.uploads import UploadCompletion, UploadCreation

FORM = 2**20  # bytes, more than a form adds to what it holds

bp = Blueprint("uploads", __name__)


@bp.post("/v1/uploads")
def create() -> Response:
    key, asked = api_key(), UploadCreation.parse(body())
    return json_response(
        uploads.encode(services().uploads.create(asked.to_upload(), owner(key)))
    )


@bp.post("/v1/uploads/<id>/parts")
def add(id: str) -> Response:
    key, relay = api_key(), services()
    # OpenAI's package cuts parts of 64 MiB, which with their form are more than MAX_BODY_MB.
    request.max_content_length = relay.config.max_body_mb * 2**20 + FORM
    given = upload("data", LARGEST_PART)
    return json_response(uploads.encode_part(relay.uploads.add(id, given.stream, owner(key))))


@bp.post("/v1/uploads/<id>/complete")
def complete(id: str) -> Response:
    key, asked = api_key(), UploadCompletion.parse(body())
    done = services().uploads.complete(id, asked.to_completion(), owner(key))
    return json_response(uploads.encode(done))


@bp.post("/v1/uploads/<id>/cancel")
def cancel(id: str) -> Response:
    return json_response(uploads.encode(services().uploads.cancel(id, owner(api_key()))))
