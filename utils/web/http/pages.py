"""What a browser may do with a page of the relay's."""

from __future__ import annotations

from flask import Flask, Response

# Nothing from elsewhere, no script but from a file of our own, no other page around it.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


def init_app(app: Flask) -> None:
    app.after_request(_guarded)


def _guarded(response: Response) -> Response:
    """Whoever made the page: what it says of these itself does not count."""
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        response.headers.update(PAGE_HEADERS)
    return response
