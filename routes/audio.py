"""Speech, and what recordings say."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web import sounds

bp = Blueprint("audio", __name__)


@bp.post("/v1/audio/speech")
def speech() -> Response:
    return sounds.spoken()


@bp.post("/v1/audio/transcriptions")
def transcriptions() -> Response:
    return sounds.transcribed()


@bp.post("/v1/audio/translations")
def translations() -> Response:
    return sounds.translated()
