"""Every exception leaves as JSON, in the dialect of the URL it came from."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from utils.errors import NotFound, RelayError, TooLarge, let_go, masked
from utils.web.http.reply import json_response
from utils.web.http.request import given_key
from utils.wire.errors import anthropic_error, openai_error

log = logging.getLogger(__name__)

REFUSED = "relay.refused"  # in the environment of a request that the server could not read


def init_app(app: Flask) -> None:
    """Before all that judges a request."""
    app.before_request(_refuse)
    app.register_error_handler(RelayError, show)
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(Exception, show_mistake)
    app.log_exception = _log  # type: ignore[method-assign, assignment]  # Flask's names the path


def _refuse() -> None:
    if error := request.environ.get(REFUSED):
        raise error


def show(error: RelayError) -> Response:
    """Without the caller's key, should it have sent that in the wrong place."""
    error.message = masked(error.message, given_key())
    error.param = error.param and masked(error.param, given_key())
    g.error = error.code or error.kind  # for the log: a status alone tells an operator little
    let_go(error)
    if speaks_anthropic():
        envelope = anthropic_error(error, g.get("request_id"))
    else:
        envelope = openai_error(error)
    response = json_response(envelope, error.status)
    if error.wait is not None:
        response.headers["Retry-After"] = str(error.wait)
    if error.retryable is not None:
        response.headers["x-should-retry"] = str(error.retryable).lower()
    return response


def speaks_anthropic() -> bool:
    """Whether the caller expects Anthropic's forms. Where OpenAI has the same URL, only its
    headers tell.
    """
    match request.path.split("/"):
        case ["", "v1", "messages", *_]:
            return True
        case ["", "v1", "models" | "files", *_]:
            return "anthropic-version" in request.headers
    return False


def show_http(error: HTTPException) -> Response:
    """Flask's own refusals: no such URL, wrong method, body too large; and our own mistakes."""
    response = show(_told(error))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def show_mistake(error: Exception) -> Response:
    """One of ours. Its words could quote the caller's, so only its place is logged."""
    log.exception("a mistake at %s", request.endpoint)
    return show(
        RelayError("The relay made a mistake; its log says where.", code="internal_error")
    )


def _log(mistake: Any) -> None:
    """`mistake` is what `exc_info` takes."""
    log.error("a mistake at %s", request.endpoint, exc_info=mistake)


def _told(error: HTTPException) -> RelayError:
    match error:
        case RequestEntityTooLarge():
            return of_status(413, error.name)
        case HTTPException(code=404):
            return NotFound("There is nothing at this URL. GET / lists what there is.")
    return of_status(error.code or 500, error.name, error.description)


def of_status(status: int, reason: str, message: str | None = None) -> RelayError:
    """The error behind a status that Flask or waitress chose, in their words for it."""
    if status == 413:
        return TooLarge("The request body is larger than this relay accepts (MAX_BODY_MB).")
    told = RelayError(message or f"{reason}.", code=reason.lower().replace(" ", "_"))
    told.status = status
    told.kind = "invalid_request_error" if status < 500 else "api_error"
    return told
