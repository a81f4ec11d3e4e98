"""Runs of threads, and their steps."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.domain.owner import owner
from utils.web import runs
from utils.web.reply import json_response
from utils.web.request import api_key, body
from utils.web.services import services
from utils.wire.assistants.lists import Listing, encode_list
from utils.wire.assistants.runs import NewRun, NewThreadAndRun, ToolOutputs
from utils.wire.assistants.threads import Changes

bp = Blueprint("runs", __name__)


@bp.post("/v1/threads/runs")
def create_with_thread() -> Response:
    key = api_key()
    return runs.begun_with_thread(NewThreadAndRun.parse(body()), key)


@bp.post("/v1/threads/<thread>/runs")
def create(thread: str) -> Response:
    key = api_key()
    return runs.begun(thread, NewRun.parse(body()), key)


@bp.get("/v1/threads/<thread>/runs")
def index(thread: str) -> Response:
    caller, asked = owner(api_key()), Listing.read(request.args.to_dict(flat=False))
    return json_response(encode_list(*services().runs.page(thread, asked.paging, caller)))


@bp.get("/v1/threads/<thread>/runs/<id>")
def show(thread: str, id: str) -> Response:
    return json_response(services().runs.find(thread, id, owner(api_key())))


@bp.post("/v1/threads/<thread>/runs/<id>")
def update(thread: str, id: str) -> Response:
    caller, asked = owner(api_key()), Changes.parse(body())
    return json_response(services().runs.update(thread, id, asked.to_changes(), caller))


@bp.post("/v1/threads/<thread>/runs/<id>/cancel")
def cancel(thread: str, id: str) -> Response:
    return json_response(services().runs.cancel(thread, id, owner(api_key())))


@bp.post("/v1/threads/<thread>/runs/<id>/submit_tool_outputs")
def submit_tool_outputs(thread: str, id: str) -> Response:
    key = api_key()
    return runs.resumed(thread, id, ToolOutputs.parse(body()), key)


@bp.get("/v1/threads/<thread>/runs/<id>/steps")
def steps(thread: str, id: str) -> Response:
    caller, asked = owner(api_key()), Listing.read(request.args.to_dict(flat=False))
    return json_response(
        encode_list(*services().runs.step_page(thread, id, asked.paging, caller))
    )


@bp.get("/v1/threads/<thread>/runs/<id>/steps/<step>")
def step(thread: str, id: str, step: str) -> Response:
    return json_response(services().runs.step(thread, id, step, owner(api_key())))
