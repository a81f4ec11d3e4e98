"""Videos."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.media import videos

bp = Blueprint("videos", __name__)


@bp.post("/v1/videos")
def create() -> Response:
    return videos.begun()


@bp.get("/v1/videos")
def index() -> Response:
    return videos.listed()


@bp.get("/v1/videos/<id>")
def show(id: str) -> Response:
    return videos.shown(id)


@bp.delete("/v1/videos/<id>")
def delete(id: str) -> Response:
    return videos.deleted(id)


@bp.get("/v1/videos/<id>/content")
def content(id: str) -> Response:
    return videos.content(id)


@bp.post("/v1/videos/<id>/remix")
def remix(id: str) -> Response:
    return videos.refused("remix a video")


@bp.post("/v1/videos/edits")
def edits() -> Response:
    return videos.refused("edit a video")


@bp.post("/v1/videos/extensions")
def extensions() -> Response:
    return videos.refused("extend a video")


@bp.post("/v1/videos/characters")
def characters() -> Response:
    return videos.refused("learn a character from a video")
