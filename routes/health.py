"""Whether the relay is up, and what it offers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from utils.errors import InvalidRequest
from utils.web.reply import json_response
from utils.web.services import services

bp = Blueprint("health", __name__)


@bp.get("/")
def index() -> Response:
    endpoints = sorted(
        f"{method} {rule.rule}"
        for rule in current_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    return json_response({"name": "1min.ai relay", "endpoints": endpoints})


@bp.post("/")
def misdirected() -> Response:
    raise InvalidRequest("Incorrect endpoint. Please use /v1/chat/completions.")


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@bp.get("/readyz")
def readyz() -> Response:
    """It may be sent work."""
    if services().shutdown.announced:
        return json_response({"status": "stopping"}, 503)
    return json_response({"status": "ok"})
