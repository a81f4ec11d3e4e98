"""JSON as 1min.ai sends it."""

from __future__ import annotations

import json
from typing import Any

import orjson


def value(data: bytes) -> Any:
    """None for what is no JSON. orjson refuses a lone surrogate, half a letter cut in two."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
