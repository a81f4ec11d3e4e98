"""POST /api/features, and GET /api/results/{uuid} for what was asked to be done later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.admission import Admission, Refused, json_body
from simulator.assets.links import signed
from simulator.assets.storage import Storage
from simulator.catalog import Catalog
from simulator.features import calls
from simulator.features.results import Results, processing
from simulator.features.scenarios import ALTERED, FAILED, KNOWN, UNFINISHED
from simulator.features.work import WORK, Call
from simulator.http import Request
from simulator.records import out_of_credit, record
from simulator.replies import Pause, Reply, refusal, whole
from simulator.scenarios import FAULTS, SERVER_FAULT
from simulator.turn import Turn

RESULTS_PATH = "/api/results/"
Body = Mapping[str, Any]


class Features:
    def __init__(self, admission: Admission, storage: Storage) -> None:
        self._admission = admission
        self._storage = storage
        self._catalog = Catalog.read()
        self._results = Results()

    def answer(self, request: Request) -> Reply:
        host = request.headers["host"]
        try:
            account = self._admission.caller(request)
            body = json_body(request, calls.body_faults)
            turn = calls.turn(body, account, self._catalog)
            if account.broke:
                return _recorded(out_of_credit(turn))
            call = calls.call(turn, self._storage, host)
            reply = self._answer(call, body, host)
        except Refused as refused:
            return refused.reply
        delay = call.turn.wishes.delay
        return reply if delay is None else reply.after(Pause(delay))

    def loosely(self, request: Request) -> Turn:
        return Turn.loosely(request, self._admission.unchecked(request), self._catalog)

    def result(self, request: Request) -> Reply:
        """Also a free check of a key: an unknown id is no error (onemin-api.md 8).

        It tells what the account has used by now: the figure lags by one request (13), and
        this is one. That was never recorded.
        """
        try:
            account = self._admission.caller(request)
        except Refused as refused:
            return refused.reply
        uuid = request.path.removeprefix(RESULTS_PATH)
        found = self._results.poll(account.team_id, uuid)
        if found and "teamUser" in found:
            used = {**found["teamUser"], "usedCredit": account.used_credit}
            found = {**found, "teamUser": used}
        return _recorded(found)

    def _answer(self, call: Call, body: Body, host: str) -> Reply:
        turn, scenario = call.turn, call.turn.wishes.scenario or ""
        if scenario and scenario not in KNOWN:
            known = ", ".join(KNOWN)
            return refusal(400, "UNKNOWN_ERROR", f"No such scenario; there are: {known}")
        if scenario in FAULTS:
            return FAULTS[scenario]
        if scenario == "status-500-once" and turn.account.fails_first(turn.prompt):
            return SERVER_FAULT
        done = FAILED[scenario](turn) if scenario in FAILED else _done(call, body, host)
        if body.get("async") is not True and scenario not in UNFINISHED:
            return _recorded(done)
        self._results.keep(turn.account.team_id, done, UNFINISHED.get(scenario, 1))
        return _recorded(processing(done))


def _done(call: Call, body: Body, host: str) -> dict[str, Any]:
    made, turn = WORK[call.turn.type](call), call.turn
    value = record(
        turn,
        made.result[0],
        result=made.result,
        # No inline cost: pictures were seen with {}, the pages of other features show null.
        usage={} if turn.type.startswith("IMAGE_") else None,
        credit=made.credit,
        conversationId=body.get("conversationId"),
        # One link, however many files there are.
        temporaryUrl=signed(host, made.result[0]) if made.files else None,
        additionalData=None,
    )
    alter = ALTERED.get(turn.wishes.scenario or "")
    return alter(value, host) if alter else value


def _recorded(value: Mapping[str, Any] | None) -> Reply:
    return whole({"aiRecord": value})
