"""How an answer leaves: whole, or as a stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response


def json_response(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, mimetype="application/json")


def event_stream(frames: Iterator[bytes]) -> Response:
    response = Response(frames, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # or nginx gathers frames
    return response
