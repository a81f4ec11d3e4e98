"""Whose something is."""

from __future__ import annotations

import hashlib

SHORT = 8  # letters of a caller's name, which tell callers apart and nothing more


def owner(key: str) -> str:
    """A name for whoever holds this key. It is safe to keep, which the key is not."""
    return hashlib.sha256(key.encode()).hexdigest()
