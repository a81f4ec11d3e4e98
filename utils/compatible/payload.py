"""JSON as servers of this kind send it."""

from __future__ import annotations

import json
from typing import Any

import orjson

from utils import sse


def value(data: bytes) -> Any:
    """None for what is no JSON. orjson refuses a lone surrogate, half a letter cut in two."""
    data = data.removeprefix(sse.BOM)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
