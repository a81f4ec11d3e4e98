"""What is for the relay's operator. Without ADMIN_TOKEN there is none of it."""

from __future__ import annotations

from flask import Blueprint, Response

from utils.web.http.reply import json_response
from utils.web.operator import admin, usage
from utils.web.operator.readiness import readiness

bp = Blueprint("admin", __name__)


@bp.get("/admin/keys")
def keys() -> Response:
    return admin.listed()


@bp.post("/admin/keys")
def create_key() -> Response:
    return admin.created()


@bp.get("/admin/keys/<id>")
def key(id: str) -> Response:
    return admin.shown(id)


@bp.patch("/admin/keys/<id>")
def update_key(id: str) -> Response:
    return admin.changed(id)


@bp.delete("/admin/keys/<id>")
def revoke_key(id: str) -> Response:
    return admin.revoked(id)


@bp.post("/admin/keys/<id>/rotate")
def rotate_key(id: str) -> Response:
    return admin.rotated(id)


@bp.get("/admin/health")
def health() -> Response:
    return json_response(readiness().told_in_full())


@bp.get("/admin/usage")
def all_usage() -> Response:
    return usage.everybodys()


@bp.get("/admin/calls")
def recent_calls() -> Response:
    return usage.calls()
