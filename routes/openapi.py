"""What the relay offers, for programs to read."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.http.packed import packed_answer
from utils.web.operator.openapi import openapi

bp = Blueprint("openapi", __name__)


@bp.get("/openapi.json")
def show() -> Response:
    return packed_answer(openapi(), Response, "application/json")
