"""Cline's own command; its extensions for editors share the code that asks the relay."""

from __future__ import annotations

from tests.programs.case import BEFORE, CHANGED, MINI, PATCH, REFUSED, Case, Turn, use
from tests.programs.program import Program

CAT = use("run_commands", {"commands": ["cat greeting.txt"]})
LOOK = use("run_commands", {"commands": ["ls"]})
CHANGE = use("apply_patch", {"input": PATCH})

CLINE = Program(
    name="cline",
    told="Cline and Roo Code",
    registry="npm",
    command=lambda call: ["cline", "--model", call.model, call.prompt],
    cases=(
        Case("patch", MINI, (Turn((CAT, CHANGE), CHANGED),)),
        Case("two calls at once", MINI, (Turn((f"{CAT} + {LOOK}", CHANGE), CHANGED),)),
        Case("no credit", MINI, (Turn((CAT,), CHANGED),), BEFORE, "broke-key", "no credits"),
        Case("wrong key", MINI, (Turn((CAT,), CHANGED),), BEFORE, "bad-key", REFUSED),
    ),
    environ={"CLINE_SESSION_BACKEND_MODE": "local"},  # or it leaves a server behind
    asks=frozenset({"data.cline.bot:443"}),
)
