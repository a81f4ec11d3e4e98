"""Which pages in a browser may call."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import cast

from flask import Flask, Response
from flask_cors import CORS

from utils.config import Config
from utils.web.http.request import current

EXPOSED = (
    "Idempotent-Replayed",
    "Retry-After",
    "request-id",
    "x-credits-approximate",
    "x-credits-used",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-relay-corrected",
    "x-relay-estimated",
    "x-relay-fallback",
    "x-relay-ignored",
    "x-relay-trimmed",
    "x-request-id",
    "x-should-retry",  # the SDKs obey it in a browser as well
    "x-usage-source",
)


_EXPOSED = ", ".join(EXPOSED)
_PATHS = re.compile(r"/(?!admin(?:/|$))")


def init_app(app: Flask, config: Config) -> None:
    """Every route, errors and streams included; never with credentials."""
    everybody = config.cors_origins == ("*",)
    CORS(
        app,
        resources=_PATHS,
        origins="*" if everybody else list(config.cors_origins),
        methods=["GET", "POST", "DELETE", "OPTIONS"],
        allow_headers="*",  # echoed by name: a browser does not take `*` for Authorization
        expose_headers=list(EXPOSED),
        send_wildcard=True,
        supports_credentials=False,
        always_send=everybody,  # or whoever names no origin is told all of them
        max_age=86400,
        intercept_exceptions=False,  # an error passes our hooks as any answer does
    )
    app.before_request(preflight)
    if everybody:
        to_pages = cast("Callable[[Response], Response]", app.after_request_funcs[None].pop())
        app.after_request(partial(_told, to_pages))


def preflight() -> Response | None:
    """A browser asks before it sends a key, so this needs none."""
    asked = current().environ
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in asked and asked["REQUEST_METHOD"] == "OPTIONS":
        return Response(status=204)
    return None


def _told(to_pages: Callable[[Response], Response], response: Response) -> Response:
    """What flask-cors says to whoever names no origin, always the same: it would take ten times
    as long to find it.
    """
    asked = current().environ
    if "HTTP_ORIGIN" in asked or asked["REQUEST_METHOD"] == "OPTIONS":
        return to_pages(response)
    if _PATHS.match(asked["PATH_INFO"]):
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Expose-Headers", _EXPOSED)
    return response
