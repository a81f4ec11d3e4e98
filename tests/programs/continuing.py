"""Continue's own command; its extensions for editors share the code that asks the relay."""

from __future__ import annotations

from tests.programs.case import (
    AFTER,
    BEFORE,
    CHANGED,
    FILE,
    LONGER,
    MINI,
    REFUSED,
    Case,
    Turn,
    use,
)
from tests.programs.program import Call, Program

READ = use("Read", {"filepath": FILE})
EDIT = use(
    "MultiEdit",
    {"file_path": FILE, "edits": [{"old_string": "world", "new_string": "relay"}]},
)
ADD = use("Bash", {"command": "echo And you. >> greeting.txt"})

EDITED = Turn((READ, EDIT), CHANGED)


def _command(call: Call) -> list[str]:
    whom = ["--resume"] if call.again else []
    return ["cn", "--print", "--auto", *whom, call.prompt]


CONTINUE = Program(
    name="continue",
    told="Continue",
    registry="npm",
    command=_command,
    cases=(
        Case("edit", MINI, (EDITED,)),
        Case("resumed", MINI, (EDITED, Turn((ADD, READ), LONGER)), AFTER + "And you.\n"),
        Case("no credit", MINI, (EDITED,), BEFORE, "broke-key", "no credits"),
        Case("wrong key", MINI, (EDITED,), BEFORE, "bad-key", REFUSED),
    ),
    asks=frozenset({"api.continue.dev:443"}),
)
