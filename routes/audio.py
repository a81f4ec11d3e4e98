"""Speech, and what recordings say."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.forwarding.passing import SPEECH, TRANSCRIPTION, TRANSLATION, passed_or
from utils.web.media import sounds

bp = Blueprint("audio", __name__)


@bp.post("/v1/audio/speech")
def speech() -> Response:
    return passed_or(SPEECH, sounds.spoken)


@bp.post("/v1/audio/transcriptions")
def transcriptions() -> Response:
    return passed_or(TRANSCRIPTION, sounds.transcribed)


@bp.post("/v1/audio/translations")
def translations() -> Response:
    return passed_or(TRANSLATION, sounds.translated)
