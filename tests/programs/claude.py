"""Claude Code."""

from __future__ import annotations

from tests.programs.case import (
    AFTER,
    BEFORE,
    CHANGED,
    CLAUDE,
    FILE,
    LONGER,
    MINI,
    PICTURE,
    REFUSED,
    Case,
    Turn,
    use,
)
from tests.programs.program import Call, Program


def _command(call: Call) -> list[str]:
    whom = ["--continue"] if call.again else []
    tools = "Bash,CronList,WebSearch"
    allowed = ["--permission-mode", "acceptEdits", "--allowedTools", tools]
    return ["claude", "--model", call.model, "--print", *whom, call.prompt, *allowed]


def _bash(command: str) -> str:
    return use("Bash", {"command": command, "description": "Look at the folder"})


def _load(tool: str) -> str:
    """Claude Code shows most of its tools only when they are looked for."""
    return use("ToolSearch", {"query": f"select:{tool}", "max_results": 3})


READ = use("Read", {"file_path": FILE})
EDIT = use("Edit", {"file_path": FILE, "old_string": "world", "new_string": "relay"})
AGENT = use(
    "Agent",
    {
        "description": "Look around",
        "prompt": f"plan: {_bash('ls')}; say One file.",
        "subagent_type": "Explore",
        "run_in_background": False,
    },
)

EDITED = Turn((READ, EDIT), CHANGED)
CLAUDE_CODE = Program(
    name="claude",
    told="Claude Code",
    registry="npm",
    command=_command,
    cases=(
        Case("edit", CLAUDE, (EDITED,)),
        Case("edit", MINI, (EDITED,)),
        Case("two calls at once", CLAUDE, (Turn((f"{READ} + {_bash('ls')}", EDIT), CHANGED),)),
        Case(
            "failing tool",
            CLAUDE,
            (Turn((use("Read", {"file_path": f"{FILE}.old"}), READ, EDIT), CHANGED),),
        ),
        Case(
            "resumed",
            CLAUDE,
            (EDITED, Turn((_bash("echo And you. >> greeting.txt"), READ), LONGER)),
            content=AFTER + "And you.\n",
        ),
        Case(
            "picture",
            MINI,
            (
                Turn((use("Read", {"file_path": PICTURE}),), "A picture."),
                Turn((), "I see 1 picture(s)", asks="What do you see?"),
            ),
            content=BEFORE,
        ),
        Case(
            "deferred tool",
            CLAUDE,
            (Turn((_load("CronList"), use("CronList", {})), "Nothing is due."),),
            content=BEFORE,
        ),
        Case(
            "web search",
            CLAUDE,
            (Turn((_load("WebSearch"), use("WebSearch", {"query": "weather"})), "It rains."),),
            content=BEFORE,
            more=1,
        ),
        Case("subagent", CLAUDE, (Turn((AGENT,), "It is done."),), BEFORE, more=2),
        Case("no credit", CLAUDE, (EDITED,), BEFORE, "broke-key", "no credits left"),
        Case("wrong key", CLAUDE, (EDITED,), BEFORE, "bad-key", REFUSED),
    ),
)
