"""Which pages in a browser may call."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_cors import CORS

from utils.config import Config

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


def init_app(app: Flask, config: Config) -> None:
    """Every route, errors and streams included; never with credentials."""
    CORS(
        app,
        resources=r"^/(?!admin(?:/|$)).*",
        origins="*" if config.cors_origins == ("*",) else list(config.cors_origins),
        methods=["GET", "POST", "DELETE", "OPTIONS"],
        allow_headers="*",  # echoed by name: a browser does not take `*` for Authorization
        expose_headers=list(EXPOSED),
        send_wildcard=True,
        supports_credentials=False,
        max_age=86400,
    )
    app.before_request(preflight)


def preflight() -> Response | None:
    """A browser asks before it sends a key, so this needs none."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return Response(status=204)
    return None
