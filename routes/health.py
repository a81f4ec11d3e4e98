"""Whether the relay is up."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.http.reply import json_response
from utils.web.operator.readiness import UNAVAILABLE, readiness
from utils.web.services.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@bp.get("/readyz")
def readyz() -> Response:
    """It may be sent work, though it may have to do without something."""
    if services().shutdown.announced:
        return json_response({"status": "stopping"}, 503)
    told = readiness().told()
    return json_response(told, 503 if told["status"] == UNAVAILABLE else 200)


@bp.get("/metrics")
def metrics() -> Response:
    readiness().look()  # what it sees is among what is told
    text, media_type = services().metrics.exposition(request.headers.get("Accept", ""))
    return Response(text, content_type=media_type)
