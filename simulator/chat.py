"""POST /api/chat-with-ai: what is refused, in 1min.ai's order, and what is answered."""

from __future__ import annotations

import json
import math
from typing import Any

from simulator.accounts import Account, Accounts
from simulator.catalog import Catalog
from simulator.checks import FEATURE, Faults, body_faults, fault, prompt_faults
from simulator.http import Request
from simulator.ordinary import ordinary
from simulator.replies import Pause, Reply, failure, refusal
from simulator.scenarios import SCENARIOS
from simulator.turn import Turn, streaming


class Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Chat:
    def __init__(self, accounts: Accounts, pace: float, rate_limit: int | None) -> None:
        self._accounts = accounts
        self._catalog = Catalog.read()
        self._pace = pace
        self._rate_limit = rate_limit

    def answer(self, request: Request) -> Reply:
        try:
            turn = self._admitted(request)
        except Refused as refused:
            return refused.reply
        if turn.account.broke:
            return out_of_credit(turn)
        return self._answer(turn)

    def loosely(self, request: Request) -> Turn:
        """The call behind any body at all, for a scripted reply, which skips the checks."""
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            body = {}
        if prompt_faults(body.get("promptObject")):
            body["promptObject"] = {}
        account = self._accounts.of(request.headers.get("api-key", ""))
        model = self._catalog.model(str(body.get("model", "")))
        return Turn.of(body, account, model, streaming(request))

    def _admitted(self, request: Request) -> Turn:
        """Key, JSON, top-level fields, model, promptObject: onemin-api.md 15.2."""
        account = self._account(request)
        body = _body(request)
        model = self._catalog.model(body["model"])
        if not self._catalog.serves(model.id, FEATURE):
            message = f"Model {model.id} is not supported"
            raise Refused(refusal(400, "UNSUPPORTED_MODEL", message))
        if faults := prompt_faults(body.get("promptObject")):
            message = "Invalid prompt object"
            raise Refused(refusal(422, "PROMPT_OBJECT_VALIDATION_FAILED", message, faults))
        return Turn.of(body, account, model, streaming(request))

    def _account(self, request: Request) -> Account:
        key = request.headers.get("api-key", "")
        if not key or key.startswith("bad"):
            message = "API key has been deleted" if key else "API key is missing"
            raise Refused(refusal(401, "HTTP_EXCEPTION", message))
        account = self._accounts.of(key)
        if wait := account.wait(self._rate_limit):
            raise Refused(too_many(wait))
        return account

    def _answer(self, turn: Turn) -> Reply:
        wish = turn.wishes
        if wish.scenario is None:
            reply = ordinary(turn, self._pace)
        elif wish.scenario in SCENARIOS:
            reply = SCENARIOS[wish.scenario](turn)
        else:
            known = ", ".join(SCENARIOS)
            reply = refusal(400, "UNKNOWN_ERROR", f"No such scenario; there are: {known}")
        if wish.delay is None or wish.scenario == "slow-first":
            return reply
        return reply.after(Pause(wish.delay))


def out_of_credit(turn: Turn) -> Reply:
    """The code for this was never recorded; the message is what tells (onemin-api.md 2.5)."""
    message = "You have run out of credits. Please upgrade your plan or buy more credits."
    return failure("HTTP_EXCEPTION", message)(turn)


def too_many(wait: float) -> Reply:
    headers = {"Retry-After": str(math.ceil(wait))}
    return refusal(429, "RATE_LIMITED", "Too many requests", headers=headers)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(_invalid([fault("body", "body must be JSON")])) from None
    if faults := body_faults(body):
        raise Refused(_invalid(faults))
    checked: dict[str, Any] = body
    return checked


def _invalid(faults: Faults) -> Reply:
    message = "Request body validation failed"
    return refusal(400, "REQUEST_BODY_VALIDATION_FAILED", message, faults)
