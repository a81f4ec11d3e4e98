"""An answer that leaves whole."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response


def json_response(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, mimetype="application/json")
