"""The same endpoint under the paths that clients make up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Request
from werkzeug.routing import Map, MapAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


def init_app(app: Flask) -> None:
    """With or without /v1, or with two; a slash at the end, a slash too many. After all
    routes are known.
    """
    roots = frozenset(
        rule.rule.split("/")[2]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
    )
    app.wsgi_app = _normalising(app.wsgi_app, roots)  # type: ignore[method-assign, assignment]
    app.create_url_adapter = partial(_bound, app.url_map)  # type: ignore[method-assign]


def normal(path: str, roots: frozenset[str]) -> str:
    path = _SLASHES.sub("/", path).rstrip("/") or "/"
    while path.startswith("/v1/v1/"):  # Anthropic's clients add it to a base URL that has it
        path = path.removeprefix("/v1")
    return f"/v1{path}" if path.split("/")[1] in roots else path


def _bound(urls: Map, asked: Request | None) -> MapAdapter | None:
    """Whatever host the client says it asks: no route depends on it, and to take it apart costs
    as much as to find the route.
    """
    return urls.bind("", path_info=asked.path, default_method=asked.method) if asked else None


def _normalising(wrapped: WSGIApplication, roots: frozenset[str]) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = normal(environ.get("PATH_INFO", ""), roots)
        return wrapped(environ, start)

    return application
