"""This relay's own OpenAPI document: which routes it has depends on its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import cast

from flask import Flask, current_app

from utils.web.admission.access import Admin, Guarded, Open, access, is_guarded
from utils.web.http.packed import Packed
from utils.web.services.services import services
from utils.wire.openapi import Route, Whom, document

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_IMPLIED = {"HEAD", "OPTIONS"}  # which werkzeug adds by itself


def init_app(app: Flask) -> None:
    app.extensions["openapi"] = _Document(app)


def openapi() -> Packed:
    return cast(_Document, current_app.extensions["openapi"]).packed


class _Document:
    """Made when it is first asked for."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def packed(self) -> Packed:
        return Packed.of(document(self._routes()))

    def _routes(self) -> Iterator[Route]:
        for rule in self._app.url_map.iter_rules():
            path = _PARAMETER.sub(r"{\1}", rule.rule)
            for method in sorted((rule.methods or set()) - _IMPLIED):
                yield Route(method, path, rule.endpoint, _opens_to(rule.endpoint))


def _opens_to(endpoint: str) -> Whom:
    match access(endpoint):
        case Open():
            return "nobody"
        case Guarded():
            return "admin" if is_guarded(services().config) else "nobody"
        case Admin():
            return "admin"
    return "caller"
