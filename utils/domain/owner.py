"""Whose something is."""

from __future__ import annotations

import hashlib


def owner(key: str) -> str:
    """A name for whoever holds this key. It is safe to keep, which the key is not."""
    return hashlib.sha256(key.encode()).hexdigest()
