"""Pictures: drawn, edited and varied."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.forwarding.passing import EDIT, GENERATION, VARIATION, passed_or
from utils.web.media import images

bp = Blueprint("images", __name__)


@bp.post("/v1/images/generations")
def generations() -> Response:
    return passed_or(GENERATION, images.generated)


@bp.post("/v1/images/edits")
def edits() -> Response:
    return passed_or(EDIT, images.edited)


@bp.post("/v1/images/variations")
def variations() -> Response:
    return passed_or(VARIATION, images.varied)
