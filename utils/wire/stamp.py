"""What an answer needs that a pure function cannot make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import getrandbits
from typing import Self


@dataclass(frozen=True, slots=True)
class Stamp:
    """`model` is the one that answers, whatever the client called it."""

    token: str
    created: int
    model: str

    @classmethod
    def now(cls, model: str) -> Self:
        return cls(f"{getrandbits(96):024x}", int(time.time()), model)
