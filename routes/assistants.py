"""Assistants that callers keep with the relay."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.admission.access import caller
from utils.web.background.runs import check_files
from utils.web.chat import candidates
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
from utils.wire.assistants.assistants import AssistantFields
from utils.wire.assistants.lists import Listing, encode_deleted, encode_list
from utils.wire.sampling import model_and_search
from utils.wire.stamp import Stamp

bp = Blueprint("assistants", __name__)


def _read(owner: str) -> AssistantFields:
    """Raises NotFound for files that the owner does not have."""
    asked = AssistantFields.parse(body())
    check_files(asked.files, owner)
    return asked


def _answering(asked: AssistantFields) -> str:
    """The model that would answer. Raises ModelNotFound."""
    name, _ = model_and_search(asked.model)
    return candidates.answering(name, services())


@bp.post("/v1/assistants")
def create() -> Response:
    owner = caller().owner
    asked = _read(owner)
    assistant = asked.to_assistant(Stamp.now(_answering(asked)))
    services().assistants.create(assistant, owner)
    response = json_response(assistant)
    if asked.ignored:
        response.headers["x-relay-ignored"] = ", ".join(asked.ignored)
    return response


@bp.get("/v1/assistants")
def index() -> Response:
    owner, asked = caller().owner, Listing.read(request.args.to_dict(flat=False))
    return json_response(encode_list(*services().assistants.page(asked.paging, owner)))


@bp.get("/v1/assistants/<id>")
def show(id: str) -> Response:
    return json_response(services().assistants.find(id, caller().owner))


@bp.post("/v1/assistants/<id>")
def update(id: str) -> Response:
    owner = caller().owner
    asked = _read(owner)
    if asked.model:
        _answering(asked)
    return json_response(services().assistants.update(id, asked.to_changes(), owner))


@bp.delete("/v1/assistants/<id>")
def delete(id: str) -> Response:
    services().assistants.delete(id, caller().owner)
    return json_response(encode_deleted(id, "assistant"))
