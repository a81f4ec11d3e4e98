"""Server-sent events that have names: those of the dialects that speak in blocks."""

from __future__ import annotations

from typing import Any

import orjson


def named(value: dict[str, Any]) -> bytes:
    """An event called what its own `type` says."""
    return b"event: %b\ndata: %b\n\n" % (value["type"].encode(), orjson.dumps(value))
