"""Conversations that callers keep with the relay."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.admission.access import caller
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
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
    owner, relay, stamp = caller().owner, services(), Stamp.now("")
    asked = NewConversation.parse(body())
    items = asked.shown(relay.responses.items(asked.references, owner), stamp)
    conversation = asked.to_conversation(stamp)
    relay.conversations.create(conversation, items, owner)
    return json_response(conversation)


@bp.get("/v1/conversations/<id>")
def show(id: str) -> Response:
    return json_response(services().conversations.find(id, caller().owner))


@bp.post("/v1/conversations/<id>")
def update(id: str) -> Response:
    owner, asked = caller().owner, Changes.parse(body())
    return json_response(services().conversations.update(id, asked.to_changes(), owner))


@bp.delete("/v1/conversations/<id>")
def delete(id: str) -> Response:
    services().conversations.delete(id, caller().owner)
    return json_response(encode_deleted(id))


@bp.post("/v1/conversations/<id>/items")
def add(id: str) -> Response:
    owner, relay = caller().owner, services()
    asked = NewItems.parse(body())
    referenced = relay.responses.items(asked.references, owner)
    items = asked.shown(referenced, Stamp.now(""))
    return json_response(encode_items(relay.conversations.add(id, items, owner)))


@bp.get("/v1/conversations/<id>/items")
def items(id: str) -> Response:
    owner, asked = caller().owner, ItemPage.read(request.args.to_dict(flat=False))
    found, more = services().conversations.page(
        id, owner, after=asked.after, limit=asked.limit, order=asked.order
    )
    return json_response(encode_items(found, more))


@bp.get("/v1/conversations/<id>/items/<item>")
def item(id: str, item: str) -> Response:
    return json_response(services().conversations.item(id, item, caller().owner))


@bp.delete("/v1/conversations/<id>/items/<item>")
def remove(id: str, item: str) -> Response:
    return json_response(services().conversations.remove_item(id, item, caller().owner))
