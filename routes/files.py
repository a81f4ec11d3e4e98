"""Files that callers keep for later."""

from __future__ import annotations

from typing import Any, Protocol

from flask import Blueprint, Response, request, send_file

from utils.domain.stored_files import NewFile, Page, StoredFile, Wanted
from utils.web.admission.access import caller
from utils.web.http.errors import speaks_anthropic
from utils.web.http.reply import json_response
from utils.web.http.uploads import upload
from utils.web.services.services import services
from utils.wire import anthropic_files
from utils.wire import files as openai_files
from utils.wire.fields import Given

bp = Blueprint("files", __name__)


class Dialect(Protocol):
    def new_file(self, form: Given, name: str) -> NewFile: ...
    def wanted(self, query: Given) -> Wanted: ...
    def encode(self, file: StoredFile) -> dict[str, Any]: ...
    def encode_page(self, page: Page) -> dict[str, Any]: ...
    def encode_deleted(self, id: str) -> dict[str, Any]: ...


def dialect() -> Dialect:
    return anthropic_files if speaks_anthropic() else openai_files


@bp.post("/v1/files")
def create() -> Response:
    who, relay = caller(), services()
    given = upload("file", relay.config.max_file_mb * 2**20)
    new = dialect().new_file(request.form.to_dict(flat=False), given.filename or "")
    return json_response(dialect().encode(relay.files.add(given.stream, new, who.owner)))


@bp.get("/v1/files")
def index() -> Response:
    who = caller()
    wanted = dialect().wanted(request.args.to_dict(flat=False))
    return json_response(dialect().encode_page(services().files.page(wanted, who.owner)))


@bp.get("/v1/files/<id>")
def show(id: str) -> Response:
    return json_response(dialect().encode(services().files.get(id, caller().owner)))


@bp.delete("/v1/files/<id>")
def delete(id: str) -> Response:
    services().files.delete(id, caller().owner)
    return json_response(dialect().encode_deleted(id))


@bp.get("/v1/files/<id>/content")
def content(id: str) -> Response:
    who, files = caller(), services().files
    file = files.get(id, who.owner)
    response = send_file(
        files.content(file),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        conditional=False,
    )
    response.direct_passthrough = False  # or the server never tells that it is done with it
    response.content_length = file.size
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
