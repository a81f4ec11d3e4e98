"""How an answer leaves: whole, or as a stream of events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import orjson
from flask import Response
from werkzeug.datastructures import Headers


class _Answer(Response):
    """With a body, and without URLs in its head."""

    def get_wsgi_headers(self, environ: object) -> Headers:
        """Each was checked when it was set: werkzeug would copy and check them all again."""
        return self.headers

    def iter_encoded(self) -> Iterator[bytes]:
        """They are bytes: werkzeug would look whether each is."""
        return iter(cast(Iterable[bytes], self.response))


def json_response(value: Any, status: int = 200) -> Response:
    return _Answer(orjson.dumps(value), status, mimetype="application/json")


def event_stream(frames: Iterator[bytes]) -> Response:
    response = _Answer(frames, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # or nginx gathers frames
    return response
