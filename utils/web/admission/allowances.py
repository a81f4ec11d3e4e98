"""What a caller has left of its limits, told with every answer."""

from __future__ import annotations

import math

from flask import Flask, Response, g, request

from utils.domain.context import BYTES, SHORT
from utils.errors import LimitReached
from utils.web.admission.bookkeeping import asks
from utils.web.calls.calls import perhaps_call
from utils.web.services.limits import Left
from utils.web.services.services import services


def init_app(app: Flask) -> None:
    """After `access`: a caller that was refused is not counted."""
    app.before_request(_count)
    app.after_request(_tell)


def _count() -> None:
    if "caller" in g:
        g.left = services().limits.request(g.caller, _sure() if asks() else 0)


def _sure() -> int:
    """How many tokens a call is sure to be charged, more or less, before it is read."""
    size = request.content_length or 0
    return size // BYTES if request.is_json and size <= SHORT else 0


def _tell(response: Response) -> Response:
    if "caller" in g:
        for kind, window in _left(response.status_code).items():
            response.headers[f"x-ratelimit-limit-{kind}"] = str(window.use.limit)
            response.headers[f"x-ratelimit-remaining-{kind}"] = str(window.remaining)
            response.headers[f"x-ratelimit-reset-{kind}"] = f"{math.ceil(window.reset)}s"
    return response


def _left(status: int) -> Left:
    """As of the call's last charge: what it uses beyond that is not known yet. Where a limit
    may have refused it, its request was given back.
    """
    if "left" not in g or status == LimitReached.status:
        return services().limits.left(g.caller)
    call = perhaps_call()
    tokens = call and call.tokens
    return {**g.left, "tokens": tokens} if tokens else g.left
