"""OpenAI's Responses: chats that the relay remembers."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.web import background, candidates, stored_responses
from utils.web.answer import answered, asking, whole
from utils.web.reply import json_response
from utils.web.request import api_key, body, has_left
from utils.web.responses import Remembered, referred
from utils.web.services import services
from utils.wire.conversations import ItemPage, encode_items
from utils.wire.responses.compaction import Compaction, InputTokens
from utils.wire.responses.dialect import Responses
from utils.wire.responses.stored import Retrieval, encode, encode_deleted

bp = Blueprint("responses", __name__)


@bp.post("/v1/responses")
def create() -> Response:
    key, relay = api_key(), services()
    asked = Responses.parse(body())
    turn = asked.turn(*referred(asked, relay, owner(key)))
    remembered = Remembered(turn, relay, owner(key))
    return background.begun(remembered, key) if asked.background else answered(remembered, key)


@bp.get("/v1/responses/<id>")
def show(id: str) -> Response:
    caller, asked = owner(api_key()), Retrieval.read(request.args.to_dict(flat=False))
    if asked.stream:
        return stored_responses.replayed(id, caller)
    kept = stored_responses.found(id, caller)
    return json_response(encode(kept.body, kept.output))


@bp.delete("/v1/responses/<id>")
def delete(id: str) -> Response:
    stored_responses.delete(id, owner(api_key()))
    return json_response(encode_deleted(id))


@bp.post("/v1/responses/<id>/cancel")
def cancel(id: str) -> Response:
    kept = stored_responses.cancelled(id, owner(api_key()))
    return json_response(encode(kept.body, kept.output))


@bp.get("/v1/responses/<id>/input_items")
def input_items(id: str) -> Response:
    caller, asked = owner(api_key()), ItemPage.read(request.args.to_dict(flat=False))
    return json_response(encode_items(*asked.of(stored_responses.found(id, caller).input)))


@bp.post("/v1/responses/input_tokens")
def input_tokens() -> Response:
    key, relay = api_key(), services()
    asked = InputTokens.parse(body())
    chat = asked.turn(*referred(asked, relay, owner(key))).to_chat()
    answering = candidates.answering(chat.model, relay)
    return json_response(asked.encode(replace(chat, model=answering)))


@bp.post("/v1/responses/compact")
def compact() -> Response:
    key, relay = api_key(), services()
    asked = Compaction.parse(body())
    turn = asked.turn(*referred(asked, relay, owner(key)))
    return whole(turn, *asking(turn.to_chat(), key, has_left()))
