"""Callers who bring a key of 1min.ai's, and whether 1min.ai knows it."""

from __future__ import annotations

from dataclasses import replace

from flask import g, request

from utils.domain.callers import Caller
from utils.errors import (
    RateLimited,
    Unauthorized,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.waiting import Waiting
from utils.web.admission.access import caller
from utils.web.calls.work import done
from utils.web.services.services import Services, services

NOBODY_KNOWS = (RateLimited, Unavailable, UpstreamFailed, UpstreamTimeout)


def check() -> None:
    """Before anything is kept for the caller. Raises Unauthorized for a key that 1min.ai
    refuses. Who only reads is let in also while 1min.ai cannot be asked.
    """
    who, relay = caller(), services()
    if who.known:
        return
    try:
        done(vouched(who, relay))
    except NOBODY_KNOWS:
        if request.method in ("GET", "HEAD"):
            return
        raise
    g.caller = replace(who, known=True)


def vouched(who: Caller, relay: Services) -> Waiting[None]:
    """That 1min.ai knows the caller's key. Raises Unauthorized, and what NOBODY_KNOWS."""
    accepted = yield from relay.upstream.accepts(who.payer)
    if not accepted:
        raise Unauthorized(
            "1min.ai refused this API key. Yours is in its settings, under API keys."
        )
    relay.vouched.add(who.owner)
