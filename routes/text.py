"""Chat."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.answer import answer
from utils.wire.chat_completions import ChatCompletions

bp = Blueprint("text", __name__)


@bp.post("/v1/chat/completions")
def chat_completions() -> Response:
    return answer(ChatCompletions)
