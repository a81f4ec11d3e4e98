"""Addresses on the asset host: the bare one, and the signed one of S3 (onemin-api.md 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlencode

HOST_PATH = "/asset-host/"
SEVEN_DAYS = "604800"


def public(host: str, key: str) -> str:
    return f"http://{host}{HOST_PATH}{quote(key)}"


def signed(host: str, key: str) -> str:
    date = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "X-Amz-Credential": f"AKIAEXAMPLE/{date[:8]}/us-east-1/s3/aws4_request",
        "X-Amz-Date": date,
        "X-Amz-Expires": SEVEN_DAYS,
        "X-Amz-Signature": _signature(key, date),
        "X-Amz-SignedHeaders": "host",
        "x-amz-checksum-mode": "ENABLED",
        "x-id": "GetObject",
    }
    return f"{public(host, key)}?{urlencode(query)}"


def is_sound(key: str, query: Mapping[str, str]) -> bool:
    """Whether a signed link came through unharmed; a bare one needs no signature."""
    if not query:
        return True
    return query.get("X-Amz-Signature") == _signature(key, query.get("X-Amz-Date", ""))


def key_of(host: str, url: str) -> str | None:
    """The key behind one of this host's own addresses."""
    start = f"http://{host}{HOST_PATH}"
    if not url.startswith(start):
        return None
    return unquote(url.removeprefix(start).partition("?")[0])


def _signature(key: str, date: str) -> str:
    return hashlib.sha256(f"{key} {date} {SEVEN_DAYS}".encode()).hexdigest()
