"""Keys of the relay's, for its operator."""

from __future__ import annotations

import time

from flask import Response, request

from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
from utils.wire import keys as wire
from utils.wire.keys import KeyChanges, Listing, NewKey


def listed() -> Response:
    asked = Listing.read(request.args.to_dict(flat=False))
    keys, more = services().keys.page(asked.paging)
    return json_response(wire.encode_list(keys, more, time.time()))


def created() -> Response:
    """Its secret is told here, and never again."""
    asked = NewKey.parse(body())
    key, secret = services().keys.create(asked.name, asked.to_grant(), asked.expires_at)
    return _unkept(json_response(wire.encode(key, time.time(), secret)))


def shown(id: str) -> Response:
    return json_response(wire.encode(services().keys.find(id), time.time()))


def changed(id: str) -> Response:
    asked = KeyChanges.parse(body())
    return json_response(wire.encode(services().keys.update(id, asked.changed), time.time()))


def revoked(id: str) -> Response:
    return json_response(wire.encode(services().keys.revoke(id), time.time()))


def rotated(id: str) -> Response:
    key, secret = services().keys.rotate(id)
    return _unkept(json_response(wire.encode(key, time.time(), secret)))


def _unkept(response: Response) -> Response:
    """No cache on the way may keep a secret."""
    response.headers["Cache-Control"] = "no-store"
    return response
