"""JSON as servers send it."""

from __future__ import annotations

import codecs
import json
from typing import Any

import orjson

MOST_TOKENS = 10**9  # no answer takes as many
MOST_CREDITS = 10**12  # no account has as many


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


def credits(told: Any) -> float | None:
    """None for what can be no number of them: nobody shall be charged that, or get it back."""
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return told if is_number and 0 <= told <= MOST_CREDITS else None


def tokens(told: Any) -> int | None:
    """None for what can be no number of them."""
    return told if type(told) is int and 0 <= told <= MOST_TOKENS else None
