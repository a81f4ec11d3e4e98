"""POST /openai/v1/chat/completions and GET /openai/v1/models (onemin-api.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.accounts import Account
from simulator.admission import Admission, Refused
from simulator.http import Request
from simulator.native.checks import MODELS, checked, error
from simulator.native.frames import Completion
from simulator.native.model import Said, answer
from simulator.replies import Pause, Reply, whole
from simulator.scenarios import FAULTS

BEARER = "bearer "


class Native:
    """`usage`: whether answers count tokens, which was never established."""

    def __init__(self, admission: Admission, pace: float, usage: bool) -> None:
        self._admission = admission
        self._pace = pace
        self._usage = usage

    def complete(self, request: Request) -> Reply:
        try:
            account = self._caller(request)
            asked = checked(request.body)
        except Refused as refused:
            return refused.reply
        if account.broke:
            message = "You have run out of credits."
            return error(429, message, None, "insufficient_quota", "insufficient_quota")
        said = answer(asked)
        if said.wishes.scenario is not None:
            return _scenario(said.wishes.scenario)
        reply = self._reply(asked, said)
        delay = said.wishes.delay
        return reply if delay is None else reply.after(Pause(delay))

    def models(self, request: Request) -> Reply:
        try:
            self._caller(request)
        except Refused as refused:
            return refused.reply
        data = [
            {"id": name, "object": "model", "created": 0, "owned_by": "1min"} for name in MODELS
        ]
        return whole({"object": "list", "data": data})

    def _caller(self, request: Request) -> Account:
        """An API-KEY header counts for nothing here."""
        given = request.headers.get("authorization", "")
        bearer = given[: len(BEARER)].lower() == BEARER
        return self._admission.account(given[len(BEARER) :].strip() if bearer else "")

    def _reply(self, asked: Mapping[str, Any], said: Said) -> Reply:
        completion = Completion.of(asked, said, self._usage)
        if asked.get("stream") is not True:
            return completion.whole()
        pace = self._pace if said.wishes.pace is None else said.wishes.pace
        options = asked.get("stream_options")
        with_usage = isinstance(options, dict) and options.get("include_usage") is True
        return completion.streamed(pace, with_usage)


def _scenario(name: str) -> Reply:
    if name in FAULTS:
        return FAULTS[name]
    message = f"No such scenario; there are: {', '.join(FAULTS)}"
    return error(400, message, None, "invalid_request_error", None)
