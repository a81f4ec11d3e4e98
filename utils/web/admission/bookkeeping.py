"""Every request that asks a model is a call, from its admission to its last byte."""

from __future__ import annotations

from flask import Flask, Response, g, request

from utils.web.admission.access import Access, caller, needed
from utils.web.calls.calls import Call, perhaps_call
from utils.web.services.services import services


def init_app(app: Flask) -> None:
    """After whatever may refuse a caller."""
    app.before_request(_begin)
    app.after_request(_answered)


def _begin() -> None:
    if asks():
        who, relay = caller(), services()
        g.call = Call(who, relay, relay.limits.enter(who))


def asks() -> bool:
    """Whether this request may become a call."""
    match needed():
        case Access(asks=True):
            return request.method == "POST"
    return False


def _answered(response: Response) -> Response:
    """The last thing that happens to an answer is that its call ends: also a call's that was
    refused before it began.
    """
    made = perhaps_call()
    if made is None and "caller" in g and asks():
        made = Call(caller(), services())
    if made is not None:
        made.told(response.status_code, g.get("error", ""))
        response.call_on_close(made.over)
    return response
