"""A relay that serves already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from utils.domain.keys import PREFIX
from utils.errors import RelayError, Unauthorized, UpstreamUnreachable
from utils.web.operator.doctor.asking import answered, greeting
from utils.web.operator.doctor.course import Course
from utils.web.operator.doctor.findings import Finding, Skipped
from utils.web.operator.doctor.patient import Patient
from utils.web.operator.readiness import GOOD, MEANINGS

OK = 200
ITS_LOG = "Look into the log of the running relay."


class Neighbour:
    """`key` is the one that the operator gave, if any."""

    def __init__(self, patient: Patient, key: str) -> None:
        self._config = patient.relay.config
        self._running = patient.running
        self._key = key

    def health(self, course: Course) -> Finding:
        if not self._config.port:
            raise Skipped("PORT=0 takes any free port")
        url = self._running.url
        try:
            status, told = self._running.told("/healthz")
        except UpstreamUnreachable:
            raise Skipped(f"no relay answers at {url}") from None
        if status != OK or told != {"status": "ok"}:
            seen = f"what answers at {url} is no relay, or not well (HTTP {status})"
            return Finding(seen, "failed", "Stop what has this PORT, or set another.")
        course.serving = True
        return _ready(url, *self._running.told("/readyz"))

    def chat(self, course: Course) -> Finding:
        if not course.serving:
            raise Skipped("no relay answers")
        course.chat_model()
        try:
            batches = self._running.chat(greeting(course.model), self._usable_key(course))
            answered(batches, course.spent)
        except Unauthorized as error:
            mend = "Give a key that this relay knows with --key; `flask keys create` makes one."
            return Finding(error.message, "failed", mend)
        except RelayError as error:
            return Finding(error.message, "failed", ITS_LOG)
        return Finding(f"{course.model} answers through it")

    def _usable_key(self, course: Course) -> str:
        """None of the settings: while the relay is down, any user of this machine may listen
        there in its place.
        """
        if not self._key:
            raise Skipped("only a key that you give with --key is sent there")
        if not self._key.startswith(PREFIX):
            if not self._config.allow_passthrough:
                raise Skipped("it takes keys of its own alone: give one with --key")
            course.payer()
        return self._key


def _ready(url: str, status: int, told: object) -> Finding:
    match told:
        case {"status": "ok"}:
            return Finding(f"one answers at {url}, and lacks nothing")
        case {"status": str(state), "checks": dict(checks)}:
            seen = f"one answers at {url}, and is {state}: {', '.join(_lacking(checks))}"
            return Finding(seen, "failed" if status != OK else "warning", ITS_LOG)
    return Finding(f"one answers at {url}, and is about to stop", "warning", "Start it again.")


def _lacking(checks: Mapping[str, Any]) -> Iterator[str]:
    for name, state in checks.items():
        if isinstance(state, dict):  # the back-ends
            yield from _lacking(state)
        elif state not in GOOD:
            meaning = MEANINGS.get((name, str(state)), "")
            yield f"{name} {state} ({meaning})" if meaning else f"{name} {state}"
