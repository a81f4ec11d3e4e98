"""The trace that a request belongs to, which calls made for it can then belong to as well."""

from __future__ import annotations

import re
from contextvars import ContextVar

_FORM = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C's

_traceparent: ContextVar[str] = ContextVar("traceparent", default="")


def begin(traceparent: str) -> None:
    """What a request says of itself, whatever it says."""
    _traceparent.set(traceparent if _FORM.fullmatch(traceparent) else "")


def headers() -> dict[str, str]:
    """For a call that is made for it."""
    traceparent = _traceparent.get()
    return {"traceparent": traceparent} if traceparent else {}
