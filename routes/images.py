"""Pictures: drawn, edited and varied."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web import images

bp = Blueprint("images", __name__)


@bp.post("/v1/images/generations")
def generations() -> Response:
    return images.generated()


@bp.post("/v1/images/edits")
def edits() -> Response:
    return images.edited()


@bp.post("/v1/images/variations")
def variations() -> Response:
    return images.varied()
