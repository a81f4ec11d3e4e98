"""Threads, and the messages in them."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.admission.access import caller
from utils.web.background.runs import check_files
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
from utils.wire.assistants.lists import Listing, encode_deleted, encode_list
from utils.wire.assistants.messages import NewMessage
from utils.wire.assistants.threads import Changes, NewThread, ThreadChanges
from utils.wire.stamp import Stamp

bp = Blueprint("threads", __name__)


@bp.post("/v1/threads")
def create() -> Response:
    """Its body may be left out."""
    owner, stamp = caller().owner, Stamp.now("")
    asked = NewThread.parse(request.get_data(cache=False) or b"{}")
    check_files(asked.files, owner)
    thread = asked.to_thread(stamp)
    services().threads.create(thread, asked.to_messages(stamp), owner)
    return json_response(thread)


@bp.get("/v1/threads/<id>")
def show(id: str) -> Response:
    return json_response(services().threads.find(id, caller().owner))


@bp.post("/v1/threads/<id>")
def update(id: str) -> Response:
    owner, asked = caller().owner, ThreadChanges.parse(body())
    check_files(asked.files, owner)
    return json_response(services().threads.update(id, asked.to_changes(), owner))


@bp.delete("/v1/threads/<id>")
def delete(id: str) -> Response:
    services().threads.delete(id, caller().owner)
    return json_response(encode_deleted(id, "thread"))


@bp.post("/v1/threads/<id>/messages")
def add(id: str) -> Response:
    owner, asked = caller().owner, NewMessage.parse(body())
    check_files(asked.files, owner)
    message = asked.to_message(id, Stamp.now(""))
    services().threads.add(id, message, owner)
    return json_response(message)


@bp.get("/v1/threads/<id>/messages")
def messages(id: str) -> Response:
    owner, asked = caller().owner, Listing.read(request.args.to_dict(flat=False))
    found = services().threads.page(id, asked.paging, owner, asked.run_id)
    return json_response(encode_list(*found))


@bp.get("/v1/threads/<id>/messages/<message>")
def message(id: str, message: str) -> Response:
    return json_response(services().threads.message(id, message, caller().owner))


@bp.post("/v1/threads/<id>/messages/<message>")
def update_message(id: str, message: str) -> Response:
    owner, asked = caller().owner, Changes.parse(body())
    changes = asked.to_changes()
    return json_response(services().threads.update_message(id, message, changes, owner))


@bp.delete("/v1/threads/<id>/messages/<message>")
def delete_message(id: str, message: str) -> Response:
    services().threads.delete_message(id, message, caller().owner)
    return json_response(encode_deleted(message, "thread.message"))
