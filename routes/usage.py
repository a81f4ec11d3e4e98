"""What a caller's own calls came to."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.operator import usage

bp = Blueprint("usage", __name__)


@bp.get("/v1/usage")
def own() -> Response:
    return usage.own()
