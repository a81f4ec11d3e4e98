"""What a caller has left of its limits, told with every answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

from flask import g

from utils.domain.callers import Caller
from utils.domain.context import BYTES, SHORT
from utils.errors import LimitReached
from utils.web.calls.calls import Call
from utils.web.http.request import current
from utils.web.services.limits import Left
from utils.web.services.services import services


def count(*, asks: bool) -> None:
    """This request; what it asks a model is charged ahead, as far as that is sure."""
    kept = g._get_current_object()
    kept.left = services().limits.request(kept.caller, _sure() if asks else 0)


def headers(who: Caller, made: Call | None, status: int) -> Iterator[tuple[str, str]]:
    for kind, window in _left(who, made, status).items():
        yield f"x-ratelimit-limit-{kind}", str(window.use.limit)
        yield f"x-ratelimit-remaining-{kind}", str(window.remaining)
        yield f"x-ratelimit-reset-{kind}", f"{math.ceil(window.reset)}s"


def _sure() -> int:
    """How many tokens a call is sure to be charged, more or less, before it is read."""
    asked = current().environ
    if not asked.get("CONTENT_TYPE", "").startswith("application/json"):
        return 0
    size = int(asked.get("CONTENT_LENGTH") or 0)
    return size // BYTES if size <= SHORT else 0


def _left(who: Caller, made: Call | None, status: int) -> Left:
    """As of the call's last charge: what it uses beyond that is not known yet. Where a limit
    may have refused it, its request was given back.
    """
    left: Left | None = g._get_current_object().get("left")
    if left is None or status == LimitReached.status:
        return services().limits.left(who)
    tokens = made and made.tokens
    return {**left, "tokens": tokens} if tokens else left
