"""JSON as servers send it."""

from __future__ import annotations

import codecs
import json
from typing import Any

import orjson


def value(data: bytes) -> Any:
    """None for what is no JSON. orjson refuses a lone surrogate, half a letter cut in two."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
