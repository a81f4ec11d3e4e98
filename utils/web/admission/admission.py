"""What every request passes before its route does anything, and its answer after that."""

from __future__ import annotations

from flask import Flask, Response, g

from utils.web.admission import allowances, idempotency, verification
from utils.web.admission.access import (
    Access,
    Admin,
    Guarded,
    access,
    admit,
    caller,
    check_admin,
    is_guarded,
    may_become_a_call,
    needed,
)
from utils.web.calls.calls import Call
from utils.web.services.services import services


def init_app(app: Flask) -> None:
    """Once all routes are known: each has to say whom it is for."""
    for rule in app.url_map.iter_rules():
        access(rule.endpoint)
    app.before_request(_admit)
    app.after_request(_tell)


def _admit() -> Response | None:
    """Whoever is refused is not counted; whatever may ask 1min.ai is, before it does; and a
    call begins when nothing is left that may refuse it, or has its answer already.
    """
    match needed():
        case Admin():
            check_admin()
        case Guarded() if is_guarded(services().config):
            check_admin()
        case Access(known=known) as needs:
            admit(needs)
            asks = may_become_a_call(needs)
            keyed = idempotency.is_keyed()
            allowances.count(asks=asks and not keyed)
            if known:
                verification.check()
            if keyed and (answer := idempotency.answered(caller())):
                g.replayed = True
                return answer
            if asks:
                who, relay = caller(), services()
                g.call = Call(who, relay, relay.limits.enter(who))
    return None


def _tell(response: Response) -> Response:
    """The last thing that happens to an answer is that its call ends: also a call's that was
    refused before it began.
    """
    kept = g._get_current_object()
    who, made = kept.get("caller"), kept.get("call")
    if who is None:
        return response
    if made is None and may_become_a_call(needed()) and "replayed" not in kept:
        made = Call(who, services())
    if made is not None:
        made.told(response.status_code, kept.get("error", ""))
        response.call_on_close(made.over)
    if claim := kept.get("claim"):
        idempotency.remember(response, claim, made, who)
    response.headers.extend(allowances.headers(who, made, response.status_code))
    return response
