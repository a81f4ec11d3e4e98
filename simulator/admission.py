"""Who may call, and whether the body is JSON: what every endpoint asks first."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from simulator.accounts import Account, Accounts
from simulator.checks import Faults, fault
from simulator.http import Request
from simulator.replies import Reply, refusal


class Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Admission:
    def __init__(self, accounts: Accounts, rate_limit: int | None) -> None:
        self._accounts = accounts
        self._rate_limit = rate_limit

    def account(self, key: str) -> Account:
        if not key or key.startswith("bad"):
            message = "API key has been deleted" if key else "API key is missing"
            raise Refused(refusal(401, "HTTP_EXCEPTION", message))
        account = self._accounts.of(key)
        if wait := account.wait(self._rate_limit):
            raise Refused(too_many(wait))
        return account

    def caller(self, request: Request) -> Account:
        return self.account(api_key(request))

    def unchecked(self, request: Request) -> Account:
        """Whose call it is, for a scripted reply, which skips the checks."""
        return self._accounts.of(api_key(request))


def api_key(request: Request) -> str:
    return request.headers.get("api-key", "")


def json_body(request: Request, faults: Callable[[Any], Faults]) -> dict[str, Any]:
    """The body when it is JSON and `faults` finds nothing wrong at its top level."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(_invalid([fault("body", "body must be JSON")])) from None
    if found := faults(body):
        raise Refused(_invalid(found))
    checked: dict[str, Any] = body
    return checked


def too_many(wait: float) -> Reply:
    headers = {"Retry-After": str(math.ceil(wait))}
    return refusal(429, "RATE_LIMITED", "Too many requests", headers=headers)


def _invalid(faults: Faults) -> Reply:
    message = "Request body validation failed"
    return refusal(400, "REQUEST_BODY_VALIDATION_FAILED", message, faults)
