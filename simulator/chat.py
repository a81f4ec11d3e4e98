"""POST /api/chat-with-ai: what is refused, in 1min.ai's order, and what is answered."""

from __future__ import annotations

from dataclasses import replace

from simulator.admission import Admission, Refused, json_body
from simulator.assets.storage import Storage
from simulator.attachments import attached
from simulator.catalog import Catalog
from simulator.checks import FEATURE, body_faults, prompt_faults
from simulator.http import Request
from simulator.ordinary import ordinary
from simulator.records import out_of_credit
from simulator.replies import Pause, Reply, recorded, refusal
from simulator.scenarios import SCENARIOS
from simulator.turn import Turn, streaming


class Chat:
    def __init__(self, admission: Admission, storage: Storage, pace: float) -> None:
        self._admission = admission
        self._storage = storage
        self._catalog = Catalog.read()
        self._pace = pace

    def answer(self, request: Request) -> Reply:
        try:
            turn = self._admitted(request)
            if turn.account.broke:
                return recorded(turn, out_of_credit(turn))
            files = attached(turn.prompt_object, turn.account, self._storage)
        except Refused as refused:
            return refused.reply
        return self._answer(replace(turn, attached=files))

    def loosely(self, request: Request) -> Turn:
        return Turn.loosely(request, self._admission.unchecked(request), self._catalog)

    def _admitted(self, request: Request) -> Turn:
        """Key, JSON, top-level fields, model, promptObject: onemin-api.md 15.2."""
        account = self._admission.caller(request)
        body = json_body(request, body_faults)
        model = self._catalog.model(body["model"])
        if not self._catalog.serves(model.id, FEATURE):
            message = f"Model {model.id} is not supported"
            raise Refused(refusal(400, "UNSUPPORTED_MODEL", message))
        if faults := prompt_faults(body.get("promptObject")):
            message = "Invalid prompt object"
            raise Refused(refusal(422, "PROMPT_OBJECT_VALIDATION_FAILED", message, faults))
        return Turn.of(body, account, model, streaming(request))

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
