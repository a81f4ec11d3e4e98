"""Chat."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from utils.web.chat.answer import answer
from utils.web.forwarding.passing import CHAT, COMPLETION, passed_or
from utils.wire.chat.dialect import ChatCompletions
from utils.wire.completions import Completions

bp = Blueprint("text", __name__)


@bp.post("/v1/chat/completions")
def chat_completions() -> Response:
    return passed_or(CHAT, partial(answer, ChatCompletions))


@bp.post("/v1/completions")
def completions() -> Response:
    return passed_or(COMPLETION, partial(answer, Completions))
