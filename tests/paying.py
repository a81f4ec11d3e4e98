"""Payers for tests."""

from __future__ import annotations

from utils.domain.owner import owner
from utils.domain.payers import Payer


def own(key: str) -> Payer:
    """Who pays by a key of 1min.ai's."""
    return Payer(owner(key), key)
