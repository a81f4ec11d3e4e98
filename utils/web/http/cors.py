"""Which pages in a browser may call."""

from __future__ import annotations

import re

from flask import Flask, Response
from flask_cors import CORS

from utils.config import Config
from utils.web.http.request import current

EXPOSED = (
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
        max_age=86400,
        intercept_exceptions=False,  # an error passes our hooks as any answer does
    )
    app.before_request(preflight)
    if everybody:
        app.after_request(_for_no_page)


def preflight() -> Response | None:
    """A browser asks before it sends a key, so this needs none."""
    asked = current().environ
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in asked and asked["REQUEST_METHOD"] == "OPTIONS":
        return Response(status=204)
    return None


def _for_no_page(response: Response) -> Response:
    """What flask-cors would say to whoever names no origin, always the same. It leaves alone
    what says so already, and takes ten times as long to find it.
    """
    asked = current().environ
    is_page = "HTTP_ORIGIN" in asked or asked["REQUEST_METHOD"] == "OPTIONS"
    if not is_page and _PATHS.match(asked["PATH_INFO"]):
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Expose-Headers", _EXPOSED)
    return response
