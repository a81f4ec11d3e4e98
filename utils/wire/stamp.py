"""What an answer needs that a pure function cannot make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from random import getrandbits
from typing import Self


def rfc3339(seconds: int) -> str:
    """A Unix time as Anthropic writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Stamp:
    """`model` is the one that answers, whatever the client called it."""

    token: str
    created: int
    model: str

    @classmethod
    def now(cls, model: str) -> Self:
        return cls(f"{getrandbits(96):024x}", int(time.time()), model)
