"""simonw/llm, one command for each question."""

from __future__ import annotations

from tests.programs.case import BEFORE, MINI, REFUSED, Case, Turn
from tests.programs.program import Call, Program

ADD = 'def add(a: int, b: int) -> int:\n    "The sum"\n    return a + b'
TOOL = Turn(('add {"a": 2, "b": 3}',), "That is five.")


def _command(call: Call) -> list[str]:
    whom = ["--continue"] if call.again else []
    return ["llm", "--model", "1min", *whom, "--functions", ADD, call.prompt]


LLM = Program(
    name="llm",
    told="llm",
    registry="PyPI",
    command=_command,
    cases=(
        Case("tool", MINI, (TOOL,), BEFORE),
        Case(
            "resumed",
            MINI,
            (
                Turn((), "1, 2, 3", asks="count to 3"),
                Turn((), "1, 2, 3, 4", asks="count to 4"),
            ),
            BEFORE,
        ),
        Case("no credit", MINI, (TOOL,), BEFORE, "broke-key", "no credits"),
        Case("wrong key", MINI, (TOOL,), BEFORE, "bad-key", REFUSED),
    ),
)
