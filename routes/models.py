"""Which models there are."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.errors import ModelNotFound
from utils.web.reply import json_response
from utils.web.request import api_key
from utils.web.services import services
from utils.wire import models as wire

bp = Blueprint("models", __name__)


@bp.get("/v1/models")
def index() -> Response:
    api_key()
    relay = services()
    return json_response(wire.encode_list(relay.catalog.current().permitted(relay.permission)))


@bp.get("/v1/models/<path:name>")
def show(name: str) -> Response:
    api_key()
    relay = services()
    model = relay.catalog.current().models.get(name)
    if not model or not relay.permission.allows(name):
        raise ModelNotFound(f"The model {name[:100]!r} does not exist.", param="model")
    return json_response(wire.encode(model))
