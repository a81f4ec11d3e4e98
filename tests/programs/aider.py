"""aider, which asks for whole files and writes them itself."""

from __future__ import annotations

from tests.programs.case import AFTER, BEFORE, MINI, REFUSED, Case, Turn
from tests.programs.program import Call, Program

WHOLE = Turn((), "Applied edit to greeting.txt", f"say exactly: greeting.txt\n```\n{AFTER}```")


def _command(call: Call) -> list[str]:
    model = f"openai/{call.model}"
    return ["aider", "--model", model, "--yes-always", "--message", call.prompt, "greeting.txt"]


AIDER = Program(
    name="aider",
    told="aider",
    registry="PyPI",
    command=_command,
    cases=(
        Case("edit", MINI, (WHOLE,), more=2),  # two commit messages
        Case("no credit", MINI, (WHOLE,), BEFORE, "broke-key", "no credits"),
        Case("wrong key", MINI, (WHOLE,), BEFORE, "bad-key", REFUSED),
    ),
    ends_well=True,
)
