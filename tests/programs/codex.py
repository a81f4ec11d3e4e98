"""Codex CLI."""

from __future__ import annotations

import json

from tests.programs.case import (
    AFTER,
    BEFORE,
    CHANGED,
    CLAUDE,
    LONGER,
    MINI,
    PATCH,
    REFUSED,
    Case,
    Turn,
    use,
)
from tests.programs.program import Call, Program

NOBODY = "01900000-0000-7000-8000-000000000000"  # an agent that does not run


def _command(call: Call) -> list[str]:
    """Its own sandbox needs rights that containers lack; the folder is a throw-away one."""
    how = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    whom = ["resume", "--last"] if call.again else []
    return ["codex", "exec", *whom, "--strict-config", *how, "--model", call.model, call.prompt]


def _shell(command: str) -> str:
    return use("exec_command", {"cmd": command})


def _script(source: str) -> str:
    """Newer models run their tools from JavaScript."""
    return use("exec", {"input": source})


CAT = _shell("cat greeting.txt")
SED = _shell("sed -i s/world/relay/ greeting.txt")
RUN_CAT = _script(
    'const r = await tools.exec_command({cmd: "cat greeting.txt"}); text(r.output);'
)
RUN_PATCH = _script(f"text(await tools.apply_patch({json.dumps(PATCH)}));")

# The model is told of a namespace's tools under both names.
SLEEP = use("clock__sleep", {"duration_ms": 10})
FIND = use("tool_search", {"query": "close agent"})
CLOSE = use("multi_agent_v1__close_agent", {"target": NOBODY})

SHELL = Turn((CAT, SED), CHANGED)
CODEX = Program(
    name="codex",
    told="Codex CLI",
    registry="npm",
    command=_command,
    cases=(
        Case("shell", MINI, (SHELL,)),
        Case("shell", CLAUDE, (SHELL,)),
        Case("two calls at once", MINI, (Turn((f"{CAT} + {SED}",), CHANGED),)),
        Case("patch", "gpt-5.5", (Turn((CAT, use("apply_patch", {"input": PATCH})), CHANGED),)),
        Case("script", "gpt-6-sol", (Turn((RUN_CAT, SLEEP, RUN_PATCH), CHANGED),)),
        Case("tool search", "gpt-5.5", (Turn((FIND, CLOSE), "Nobody."),), BEFORE),
        Case(
            "resumed",
            MINI,
            (SHELL, Turn((_shell("echo And you. >> greeting.txt"), CAT), LONGER)),
            content=AFTER + "And you.\n",
        ),
        Case("no credit", MINI, (SHELL,), BEFORE, "broke-key", "Quota exceeded"),
        Case("wrong key", MINI, (SHELL,), BEFORE, "bad-key", REFUSED),
    ),
)
