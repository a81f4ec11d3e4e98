"""Chat as Anthropic's clients know it."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.domain.chat import Usage
from utils.web.chat import candidates
from utils.web.chat.answer import answer
from utils.web.http.notes import usage_headers
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
from utils.wire.messages.dialect import CountTokens, Messages

bp = Blueprint("messages", __name__)


@bp.post("/v1/messages")
def create() -> Response:
    return answer(Messages)


@bp.post("/v1/messages/count_tokens")
def count_tokens() -> Response:
    asked = CountTokens.parse(body())
    counted = asked.encode(candidates.answering(asked.prompt.model, services()))
    response = json_response(counted)
    response.headers.update(usage_headers(Usage(counted["input_tokens"], 0, "estimated")))
    return response
