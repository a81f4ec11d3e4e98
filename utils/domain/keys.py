"""Keys that the relay itself gives out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from utils.domain.callers import Grant

PREFIX = "sk-relay-"  # tells them from keys of 1min.ai's
SECRET = re.compile(PREFIX + r"[\w-]{43}", re.ASCII)

State = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayKey:
    """What is known of a key, which is not the key itself. `owner` is whose files and calls are
    its holder's, also after its secret was replaced. Times are Unix times; None is never.
    """

    id: str
    name: str
    owner: str
    created: int
    expires: int | None = None
    revoked: int | None = None
    grant: Grant

    def state(self, now: float) -> State:
        if self.revoked is not None:
            return "revoked"
        return "active" if self.expires is None or now < self.expires else "expired"
