"""What people see of the relay in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app
from flask.blueprints import BlueprintSetupState

from utils.domain.callers import SCOPES
from utils.errors import InvalidRequest
from utils.web.http.pages import DRAWN, Files, page, wants_page
from utils.web.http.reply import json_response
from utils.web.services.services import services

HERE = Path(__file__).parent

bp = Blueprint("pages", __name__, template_folder="templates")


@bp.record_once
def find_files(state: BlueprintSetupState) -> None:
    """The guides are a page's, too."""
    static = HERE / "static"
    paths = {str(path.relative_to(static)): path for path in static.rglob("*.*")}
    guides = {"clients.md": HERE.parent / "docs" / "clients.md"}
    state.app.extensions["pages"] = Files(paths | guides)


@bp.get("/")
def index() -> Response:
    """A page for people, a list for programs."""
    return page("landing.html") if wants_page() else _endpoints()


def _endpoints() -> Response:
    endpoints = sorted(
        f"{method} {rule.rule}"
        for rule in current_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    told = json_response({"name": "1min.ai relay", "endpoints": endpoints})
    told.headers["Vary"] = "Accept"
    return told


@bp.post("/")
def misdirected() -> Response:
    raise InvalidRequest("Incorrect endpoint. Please use /v1/chat/completions.")


@bp.get("/playground")
def playground() -> Response:
    """It shows pictures and plays sounds that are in its answers, and none from elsewhere."""
    config = services().config
    return page(
        "playground.html",
        "img-src 'self' data: blob:; media-src 'self' data: blob:",
        max_body_mb=config.max_body_mb,
        max_file_mb=config.max_file_mb,
        max_audio_mb=config.max_audio_mb,
    )


@bp.get("/dashboard")
def dashboard() -> Response:
    """Without ADMIN_TOKEN it can only say so."""
    return page("dashboard.html", scopes=" ".join(sorted(SCOPES)))


@bp.get("/docs")
def docs() -> Response:
    """Swagger UI writes styles into its page."""
    return page("docs.html", f"{DRAWN}; style-src 'self' 'unsafe-inline'")


@bp.get("/static/<path:place>")
def static(place: str) -> Response:
    return cast(Files, current_app.extensions["pages"]).answer(place)
