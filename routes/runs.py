"""Runs of threads, and their steps."""

from __future__ import annotations

from flask import Blueprint, Response, request

from utils.web.admission.access import caller
from utils.web.background import runs
from utils.web.http.reply import json_response
from utils.web.http.request import body
from utils.web.services.services import services
from utils.wire.assistants.lists import Listing, encode_list
from utils.wire.assistants.runs import NewRun, NewThreadAndRun, ToolOutputs
from utils.wire.assistants.threads import Changes

bp = Blueprint("runs", __name__)


@bp.post("/v1/threads/runs")
def create_with_thread() -> Response:
    return runs.begun_with_thread(NewThreadAndRun.parse(body()), caller().owner)


@bp.post("/v1/threads/<thread>/runs")
def create(thread: str) -> Response:
    return runs.begun(thread, NewRun.parse(body()), caller().owner)


@bp.get("/v1/threads/<thread>/runs")
def index(thread: str) -> Response:
    owner, asked = caller().owner, Listing.read(request.args.to_dict(flat=False))
    return json_response(encode_list(*services().runs.page(thread, asked.paging, owner)))


@bp.get("/v1/threads/<thread>/runs/<id>")
def show(thread: str, id: str) -> Response:
    return json_response(services().runs.find(thread, id, caller().owner))


@bp.post("/v1/threads/<thread>/runs/<id>")
def update(thread: str, id: str) -> Response:
    owner, asked = caller().owner, Changes.parse(body())
    return json_response(services().runs.update(thread, id, asked.to_changes(), owner))


@bp.post("/v1/threads/<thread>/runs/<id>/cancel")
def cancel(thread: str, id: str) -> Response:
    return json_response(services().runs.cancel(thread, id, caller().owner))


@bp.post("/v1/threads/<thread>/runs/<id>/submit_tool_outputs")
def submit_tool_outputs(thread: str, id: str) -> Response:
    return runs.resumed(thread, id, ToolOutputs.parse(body()), caller().owner)


@bp.get("/v1/threads/<thread>/runs/<id>/steps")
def steps(thread: str, id: str) -> Response:
    owner, asked = caller().owner, Listing.read(request.args.to_dict(flat=False))
    return json_response(
        encode_list(*services().runs.step_page(thread, id, asked.paging, owner))
    )


@bp.get("/v1/threads/<thread>/runs/<id>/steps/<step>")
def step(thread: str, id: str, step: str) -> Response:
    return json_response(services().runs.step(thread, id, step, caller().owner))
