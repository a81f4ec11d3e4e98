"""The Retry-After header of an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(value: str | None) -> int | None:
    """Seconds, from seconds or a date."""
    if value is None:
        return None
    if value.isascii() and value.isdecimal():
        return int(value[:9])
    try:
        wait = parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0, int(wait.total_seconds()))
