"""Which models there are."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.chat import candidates
from utils.web.http.errors import speaks_anthropic
from utils.web.http.reply import json_response
from utils.web.services.services import services
from utils.wire import models as wire

bp = Blueprint("models", __name__)


@bp.get("/v1/models")
def index() -> Response:
    relay = services()
    models = relay.catalog.current().permitted(relay.permission)
    if speaks_anthropic():
        asked = wire.Listing.read(request.args.to_dict(flat=False))
        return json_response(asked.encode(models))
    return json_response(wire.encode_list(models))


@bp.get("/v1/models/<path:name>")
def show(name: str) -> Response:
    encode = wire.encode_for_anthropic if speaks_anthropic() else wire.encode
    return json_response(encode(candidates.meant(name, services())))
