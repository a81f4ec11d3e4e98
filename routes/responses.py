"""OpenAI's Responses: chats that the relay remembers."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from utils.web.admission import verification
from utils.web.admission.access import caller
from utils.web.background import background, stored_responses
from utils.web.background.responses import Remembered, referred
from utils.web.chat import candidates
from utils.web.chat.answer import answered, asking, whole
from utils.web.http.reply import json_response
from utils.web.http.request import body, has_left
from utils.web.services.services import services
from utils.wire.conversations import ItemPage, encode_items
from utils.wire.responses.compaction import Compaction, InputTokens
from utils.wire.responses.dialect import Responses
from utils.wire.responses.stored import Retrieval, encode, encode_deleted

bp = Blueprint("responses", __name__)


@bp.post("/v1/responses")
def create() -> Response:
    owner, relay = caller().owner, services()
    asked = Responses.parse(body())
    if asked.background:  # it is kept before a model answers
        verification.check()
    turn = asked.turn(*referred(asked, relay, owner))
    remembered = Remembered(turn, relay, owner)
    return background.begun(remembered) if asked.background else answered(remembered)


@bp.get("/v1/responses/<id>")
def show(id: str) -> Response:
    owner, asked = caller().owner, Retrieval.read(request.args.to_dict(flat=False))
    if asked.stream:
        return stored_responses.replayed(id, owner)
    kept = stored_responses.found(id, owner)
    return json_response(encode(kept.body, kept.output))


@bp.delete("/v1/responses/<id>")
def delete(id: str) -> Response:
    stored_responses.delete(id, caller().owner)
    return json_response(encode_deleted(id))


@bp.post("/v1/responses/<id>/cancel")
def cancel(id: str) -> Response:
    kept = stored_responses.cancelled(id, caller().owner)
    return json_response(encode(kept.body, kept.output))


@bp.get("/v1/responses/<id>/input_items")
def input_items(id: str) -> Response:
    owner, asked = caller().owner, ItemPage.read(request.args.to_dict(flat=False))
    return json_response(encode_items(*asked.of(stored_responses.found(id, owner).input)))


@bp.post("/v1/responses/input_tokens")
def input_tokens() -> Response:
    owner, relay = caller().owner, services()
    asked = InputTokens.parse(body())
    chat = asked.turn(*referred(asked, relay, owner)).to_chat()
    answering = candidates.answering(chat.model, relay)
    return json_response(asked.encode(replace(chat, model=answering)))


@bp.post("/v1/responses/compact")
def compact() -> Response:
    owner, relay = caller().owner, services()
    asked = Compaction.parse(body())
    turn = asked.turn(*referred(asked, relay, owner))
    return whole(turn, *asking(turn.to_chat(), has_left()))
