"""Which models there are."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.aliases import resolve
from utils.domain.catalog import Catalog, Model, no_such_model
from utils.web.errors import speaks_anthropic
from utils.web.reply import json_response
from utils.web.request import api_key
from utils.web.services import services
from utils.wire import models as wire

bp = Blueprint("models", __name__)


@bp.get("/v1/models")
def index() -> Response:
    api_key()
    relay = services()
    models = relay.catalog.current().permitted(relay.permission)
    if speaks_anthropic():
        asked = wire.Listing.read(request.args.to_dict(flat=False))
        return json_response(asked.encode(models))
    return json_response(wire.encode_list(models))


@bp.get("/v1/models/<path:name>")
def show(name: str) -> Response:
    api_key()
    encode = wire.encode_for_anthropic if speaks_anthropic() else wire.encode
    return json_response(encode(_meant(name)))


def _meant(name: str) -> Model:
    """The model of this id, or the one that a name stands for. Raises ModelNotFound."""
    relay = services()
    catalog = relay.catalog.current()
    served = Catalog.of(catalog.permitted(relay.permission), live=catalog.live)
    id = name if name in catalog.models else resolve(name, served, relay.aliases)
    model = served.models.get(id or "")
    if not model:
        raise no_such_model(name)
    return model
