"""Chat."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.answer import answer
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.completions import Completions

bp = Blueprint("text", __name__)


@bp.post("/v1/chat/completions")
def chat_completions() -> Response:
    return answer(ChatCompletions)


@bp.post("/v1/completions")
def completions() -> Response:
    return answer(Completions)
