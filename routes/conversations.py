"""Conversations that callers keep with the relay."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.services import services
from utils.wire.conversations import (
    Changes,
    ItemPage,
    NewConversation,
    NewItems,
    encode_deleted,
    encode_items,
)
from utils.wire.stamp import Stamp

bp = Blueprint("conversations", __name__)


@bp.post("/v1/conversations")
def create() -> Response:
    caller, relay, stamp = owner(api_key()), services(), Stamp.now("")
    asked = NewConversation.parse(body())
    items = asked.shown(relay.responses.items(asked.references, caller), stamp)
    conversation = asked.to_conversation(stamp)
    relay.conversations.create(conversation, items, caller)
    return json_response(conversation)


@bp.get("/v1/conversations/<id>")
def show(id: str) -> Response:
    return json_response(services().conversations.find(id, owner(api_key())))


@bp.post("/v1/conversations/<id>")
def update(id: str) -> Response:
    caller, asked = owner(api_key()), Changes.parse(body())
    return json_response(services().conversations.update(id, asked.to_changes(), caller))


@bp.delete("/v1/conversations/<id>")
def delete(id: str) -> Response:
    services().conversations.delete(id, owner(api_key()))
    return json_response(encode_deleted(id))


@bp.post("/v1/conversations/<id>/items")
def add(id: str) -> Response:
    caller, relay = owner(api_key()), services()
    asked = NewItems.parse(body())
    referenced = relay.responses.items(asked.references, caller)
    items = asked.shown(referenced, Stamp.now(""))
    return json_response(encode_items(relay.conversations.add(id, items, caller)))


@bp.get("/v1/conversations/<id>/items")
def items(id: str) -> Response:
    caller, asked = owner(api_key()), ItemPage.read(request.args.to_dict(flat=False))
    found, more = services().conversations.page(
        id, caller, after=asked.after, limit=asked.limit, order=asked.order
    )
    return json_response(encode_items(found, more))


@bp.get("/v1/conversations/<id>/items/<item>")
def item(id: str, item: str) -> Response:
    return json_response(services().conversations.item(id, item, owner(api_key())))


@bp.delete("/v1/conversations/<id>/items/<item>")
def remove(id: str, item: str) -> Response:
    return json_response(services().conversations.remove_item(id, item, owner(api_key())))
