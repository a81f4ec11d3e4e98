"""Threads, and the messages in them."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.runs import check_files
from utils.web.services import services
from utils.wire.assistants.lists import Listing, encode_deleted, encode_list
from utils.wire.assistants.messages import NewMessage
from utils.wire.assistants.threads import Changes, NewThread, ThreadChanges
from utils.wire.stamp import Stamp

bp = Blueprint("threads", __name__)


@bp.post("/v1/threads")
def create() -> Response:
    """Its body may be left out."""
    caller, stamp = owner(api_key()), Stamp.now("")
    asked = NewThread.parse(request.get_data(cache=False) or b"{}")
    check_files(asked.files, caller)
    thread = asked.to_thread(stamp)
    services().threads.create(thread, asked.to_messages(stamp), caller)
    return json_response(thread)


@bp.get("/v1/threads/<id>")
def show(id: str) -> Response:
    return json_response(services().threads.find(id, owner(api_key())))


@bp.post("/v1/threads/<id>")
def update(id: str) -> Response:
    caller, asked = owner(api_key()), ThreadChanges.parse(body())
    check_files(asked.files, caller)
    return json_response(services().threads.update(id, asked.to_changes(), caller))


@bp.delete("/v1/threads/<id>")
def delete(id: str) -> Response:
    services().threads.delete(id, owner(api_key()))
    return json_response(encode_deleted(id, "thread"))


@bp.post("/v1/threads/<id>/messages")
def add(id: str) -> Response:
    caller, asked = owner(api_key()), NewMessage.parse(body())
    check_files(asked.files, caller)
    message = asked.to_message(id, Stamp.now(""))
    services().threads.add(id, message, caller)
    return json_response(message)


@bp.get("/v1/threads/<id>/messages")
def messages(id: str) -> Response:
    caller, asked = owner(api_key()), Listing.read(request.args.to_dict(flat=False))
    found = services().threads.page(id, asked.paging, caller, asked.run_id)
    return json_response(encode_list(*found))


@bp.get("/v1/threads/<id>/messages/<message>")
def message(id: str, message: str) -> Response:
    return json_response(services().threads.message(id, message, owner(api_key())))


@bp.post("/v1/threads/<id>/messages/<message>")
def update_message(id: str, message: str) -> Response:
    caller, asked = owner(api_key()), Changes.parse(body())
    changes = asked.to_changes()
    return json_response(services().threads.update_message(id, message, changes, caller))


@bp.delete("/v1/threads/<id>/messages/<message>")
def delete_message(id: str, message: str) -> Response:
    services().threads.delete_message(id, message, owner(api_key()))
    return json_response(encode_deleted(message, "thread.message"))
