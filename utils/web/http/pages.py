"""The relay's own pages and their files, and what a browser may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, render_template

from utils import hubs
from utils.errors import NotFound
from utils.web.http.packed import Packed, packed_answer
from utils.web.http.request import preferred

# Nothing from elsewhere, no script but from a file of our own, no other page around it.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
DRAWN = "img-src 'self' data:"  # as Pico draws its arrows
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",  # a link's host would be looked up when it is pointed at
}
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_TEXT = "text/plain; charset=utf-8"


class Page(Response):
    """One that says itself what a browser may do with it."""

    policy: str


def init_app(app: Flask) -> None:
    app.after_request(_guarded)


def _guarded(response: Response) -> Response:
    """Whoever made the page: what it says of these itself does not count, unless it is ours."""
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        policy = response.policy if isinstance(response, Page) else POLICY
        response.headers.update(GUARDS | {"Content-Security-Policy": policy})
    return response


def page(template: str, sources: str = DRAWN, **told: object) -> Response:
    """`sources` are what the Content-Security-Policy allows this page besides; `told` is for
    the template.
    """
    packed = Packed.of(render_template(template, **told).encode())
    answer = packed_answer(packed, Page, "text/html; charset=utf-8")
    answer.policy = f"{POLICY}; {sources}"
    return answer


def wants_page() -> bool:
    """Whether a browser asks, rather than a program that takes anything."""
    return preferred("application/json", "text/html") == "text/html"


class Files:
    """What pages are made of, by place: read when it is first asked for, and kept."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """Raises FileNotFoundError, so that a relay without its pages does not start."""
        self._paths = paths
        self._packed: dict[str, Packed] = {}
        for path in paths.values():
            path.stat()

    def answer(self, place: str) -> Response:
        """Raises NotFound."""
        path = self._paths.get(place)
        if path is None:
            raise NotFound("There is no such file.")
        packed = self._packed.get(place) or hubs.elsewhere(self._pack, place)
        answer = packed_answer(packed, Response, TYPES.get(path.suffix, _TEXT))
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    def _pack(self, place: str) -> Packed:
        """For the largest it takes as long as a hundred calls."""
        packed = self._packed[place] = Packed.of(self._paths[place].read_bytes())
        return packed
