"""Who asks, and for what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import cast

from flask import Request, Response, after_this_request, g, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_accept_header

from utils.config import Config
from utils.errors import InvalidRequest
from utils.web.services.bodies import LARGE
from utils.web.services.services import services

LONGEST = 1024  # characters of a header that says what a client takes
_KEY = re.compile(r"[\x21-\x7e]{1,512}")


def current() -> Request:
    """This request, looked up once: of `flask.request` each attribute is a look-up. Its headers
    are quicker found in its `environ`, in particular that there is none.
    """
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found


def is_key(given: str) -> bool:
    """Whether it can be one."""
    return _KEY.fullmatch(given) is not None


def short(header: str) -> str:
    """A header that is costly to read, as it came; empty where it is longer than any that a
    program sends.
    """
    found = current().headers.get(header, "")
    return found if len(found) <= LONGEST else ""


def preferred(*types: str) -> str | None:
    """Which of these media types the client likes best, the first of equals."""
    return parse_accept_header(short("Accept"), MIMEAccept).best_match(types)


def given_key() -> str:
    """From OpenAI's header, Anthropic's or Azure's. Whatever came in a key's place, also what
    cannot be one; empty when nothing did.
    """
    asked = current().environ
    if token := _bearer(asked):
        return token
    return str(asked.get("HTTP_X_API_KEY") or asked.get("HTTP_API_KEY", "")).strip()


def bearer() -> str:
    return _bearer(current().environ)


def _bearer(environ: Mapping[str, str]) -> str:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def trims(config: Config) -> bool:
    """Whether a chat too long for its model may lose turns. Raises InvalidRequest."""
    asked = str(current().environ.get("HTTP_X_RELAY_TRIM", config.context_trim)).strip().lower()
    if asked not in ("oldest", "off"):
        raise InvalidRequest("x-relay-trim: must be oldest or off", param="x-relay-trim")
    return asked == "oldest"


def body() -> bytes:
    """Raises InvalidRequest when there is none, and what `whole_body` does."""
    data = whole_body()
    if not data:
        raise InvalidRequest("The request has no body.")
    return data


def whole_body() -> bytes:
    """As it came, also of a form, and whoever has read it or will. Raises InvalidRequest for a
    packed one, werkzeug's 413, and Unavailable while others hold too much.
    """
    asked = current()
    if asked.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        message = "Content-Encoding: the body must come as it is, and not packed"
        raise InvalidRequest(message, param="content-encoding")
    limit = asked.max_content_length
    if limit is not None and (asked.content_length or 0) > limit:
        raise RequestEntityTooLarge
    if (asked.content_length or 0) > LARGE and not hasattr(g, "body"):
        g.body = services().bodies.hold(asked.content_length or 0)
        after_this_request(_let_go)
    source = asked.environ["wsgi.input"]  # waitress has put it where it can be read again
    place = source.tell()
    source.seek(0)
    data: bytes = source.read()
    source.seek(place)
    return data


def _let_go(answer: Response) -> Response:
    """What is left of a body while its answer streams is a part of it."""
    g.body()
    return answer


def has_left() -> Callable[[], bool]:
    """A question that stays valid after the request's context is gone.

    waitress answers it from its own reading of the client's socket; another server, as in
    tests without one, cannot know.
    """
    return cast(
        "Callable[[], bool]",
        current().environ.get("waitress.client_disconnected", lambda: False),
    )
