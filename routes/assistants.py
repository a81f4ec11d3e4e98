"""Assistants that callers keep with the relay."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.web import candidates
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.runs import check_files
from utils.web.services import services
from utils.wire.assistants.assistants import AssistantFields
from utils.wire.assistants.lists import Listing, encode_deleted, encode_list
from utils.wire.sampling import model_and_search
from utils.wire.stamp import Stamp

bp = Blueprint("assistants", __name__)


def _read(caller: str) -> AssistantFields:
    """Raises NotFound for files that the caller does not have."""
    asked = AssistantFields.parse(body())
    check_files(asked.files, caller)
    return asked


def _answering(asked: AssistantFields) -> str:
    """The model that would answer. Raises ModelNotFound."""
    name, _ = model_and_search(asked.model)
    return candidates.answering(name, services())


@bp.post("/v1/assistants")
def create() -> Response:
    caller = owner(api_key())
    asked = _read(caller)
    assistant = asked.to_assistant(Stamp.now(_answering(asked)))
    services().assistants.create(assistant, caller)
    response = json_response(assistant)
    if asked.ignored:
        response.headers["x-relay-ignored"] = ", ".join(asked.ignored)
    return response


@bp.get("/v1/assistants")
def index() -> Response:
    caller, asked = owner(api_key()), Listing.read(request.args.to_dict(flat=False))
    return json_response(encode_list(*services().assistants.page(asked.paging, caller)))


@bp.get("/v1/assistants/<id>")
def show(id: str) -> Response:
    return json_response(services().assistants.find(id, owner(api_key())))


@bp.post("/v1/assistants/<id>")
def update(id: str) -> Response:
    caller = owner(api_key())
    asked = _read(caller)
    if asked.model:
        _answering(asked)
    return json_response(services().assistants.update(id, asked.to_changes(), caller))


@bp.delete("/v1/assistants/<id>")
def delete(id: str) -> Response:
    services().assistants.delete(id, owner(api_key()))
    return json_response(encode_deleted(id, "assistant"))
