"""Who asks, and for what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from flask import request

from utils.config import Config
from utils.domain.owner import owner
from utils.errors import InvalidRequest, Unauthorized

_KEY = re.compile(r"[\x21-\x7e]{1,512}")


def api_key() -> str:
    """The caller's key, from OpenAI's header, Anthropic's or Azure's. Raises Unauthorized."""
    key = given_key()
    if not key:
        raise Unauthorized(
            "You didn't provide an API key. Send your 1min.ai key: `Authorization: Bearer KEY`."
        )
    if not _KEY.fullmatch(key):
        raise Unauthorized("Incorrect API key provided.")
    return key


def caller() -> str:
    """A name for the caller that is safe to keep: never the key, never empty."""
    key = given_key()
    return owner(key) if key else f"address {request.remote_addr}"


def given_key() -> str:
    """Whatever came in a key's place, also what cannot be one; empty when nothing did."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return (request.headers.get("x-api-key") or request.headers.get("api-key") or "").strip()


def trims(config: Config) -> bool:
    """Whether a chat too long for its model may lose turns. Raises InvalidRequest."""
    asked = request.headers.get("x-relay-trim", config.context_trim).strip().lower()
    if asked not in ("oldest", "off"):
        raise InvalidRequest("x-relay-trim: must be oldest or off", param="x-relay-trim")
    return asked == "oldest"


def body() -> bytes:
    """Raises InvalidRequest when there is none, and werkzeug's 413 over MAX_BODY_MB."""
    data = request.get_data(cache=False)
    if not data:
        raise InvalidRequest("The request has no body.")
    return data


def has_left() -> Callable[[], bool]:
    """A question that stays valid after the request's context is gone.

    waitress answers it from its own reading of the client's socket; another server, as in
    tests without one, cannot know.
    """
    return cast(
        "Callable[[], bool]", request.environ.get("waitress.client_disconnected", lambda: False)
    )
