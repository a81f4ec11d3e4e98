"""What the programs are asked to do. The simulator's model follows the plan in the prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "the-callers-own-1min-key"
BEFORE, AFTER = "Hello, world.\n", "Hello, relay.\n"
NOBODY = "01900000-0000-7000-8000-000000000000"  # an agent that does not run
CLAUDE = "us.anthropic.claude-sonnet-5"
CHANGED = "The greeting is changed."
REFUSED = "refused this API key"
LONGER = "The greeting has a second line."
FILE = "{file}"  # stands for where greeting.txt is; a picture is beside it
PICTURE = f"{FILE}.png"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user wants: the calls of each step, then these words. Or what the user asks."""

    steps: tuple[str, ...]
    says: str
    asks: str = ""

    def prompt(self, file: str) -> str:
        if self.asks:
            return self.asks
        steps = "; ".join(self.steps).replace(FILE, file)
        return f"plan: {steps}; say {self.says}"

    @property
    def answers(self) -> int:
        """How often the model is asked when nothing has to be asked again."""
        return len(self.steps) + 1


@dataclass(frozen=True, slots=True)
class Case:
    """`told` is for a key that 1min.ai refuses: what the user must read. The program then
    fails. `more` answers are for conversations that the program has on the side.
    """

    name: str
    program: str
    model: str
    turns: tuple[Turn, ...]
    content: str = AFTER
    key: str = KEY
    told: str = ""
    more: int = 0

    @property
    def answers(self) -> int:
        return sum(turn.answers for turn in self.turns) + self.more


def _call(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(arguments)}"


def _shell(command: str) -> str:
    return _call("exec_command", {"cmd": command})


def _script(source: str) -> str:
    """Newer models run their tools from JavaScript."""
    return _call("exec", {"input": source})


def _bash(command: str) -> str:
    return _call("Bash", {"command": command, "description": "Look at the folder"})


def _load(tool: str) -> str:
    """Claude Code shows most of its tools only when they are looked for."""
    return _call("ToolSearch", {"query": f"select:{tool}", "max_results": 3})


PATCH = """\
*** Begin Patch
*** Update File: greeting.txt
@@
-Hello, world.
+Hello, relay.
*** End Patch
"""
CAT = _shell("cat greeting.txt")
SED = _shell("sed -i s/world/relay/ greeting.txt")
READ = _call("Read", {"file_path": FILE})
EDIT = _call("Edit", {"file_path": FILE, "old_string": "world", "new_string": "relay"})
RUN_CAT = _script(
    'const r = await tools.exec_command({cmd: "cat greeting.txt"}); text(r.output);'
)
RUN_PATCH = _script(f"text(await tools.apply_patch({json.dumps(PATCH)}));")

# The model is told of a namespace's tools under both names.
SLEEP = _call("clock__sleep", {"duration_ms": 10})
FIND = _call("tool_search", {"query": "close agent"})
CLOSE = _call("multi_agent_v1__close_agent", {"target": NOBODY})
AGENT = _call(
    "Agent",
    {
        "description": "Look around",
        "prompt": f"plan: {_bash('ls')}; say One file.",
        "subagent_type": "Explore",
        "run_in_background": False,
    },
)

SHELL = Turn((CAT, SED), CHANGED)
EDITED = Turn((READ, EDIT), CHANGED)
CASES = (
    Case("shell", "codex", "gpt-4o-mini", (SHELL,)),
    Case("shell", "codex", CLAUDE, (SHELL,)),
    Case("two calls at once", "codex", "gpt-4o-mini", (Turn((f"{CAT} + {SED}",), CHANGED),)),
    Case(
        "patch",
        "codex",
        "gpt-5.5",
        (Turn((CAT, _call("apply_patch", {"input": PATCH})), CHANGED),),
    ),
    Case("script", "codex", "gpt-6-sol", (Turn((RUN_CAT, SLEEP, RUN_PATCH), CHANGED),)),
    Case("tool search", "codex", "gpt-5.5", (Turn((FIND, CLOSE), "Nobody."),), BEFORE),
    Case(
        "resumed",
        "codex",
        "gpt-4o-mini",
        (SHELL, Turn((_shell("echo And you. >> greeting.txt"), CAT), LONGER)),
        content=AFTER + "And you.\n",
    ),
    Case("no credit", "codex", "gpt-4o-mini", (SHELL,), BEFORE, "broke-key", "Quota exceeded"),
    Case("wrong key", "codex", "gpt-4o-mini", (SHELL,), BEFORE, "bad-key", REFUSED),
    Case("edit", "claude", CLAUDE, (EDITED,)),
    Case("edit", "claude", "gpt-4o-mini", (EDITED,)),
    Case(
        "two calls at once",
        "claude",
        CLAUDE,
        (Turn((f"{READ} + {_bash('ls')}", EDIT), CHANGED),),
    ),
    Case(
        "failing tool",
        "claude",
        CLAUDE,
        (Turn((_call("Read", {"file_path": f"{FILE}.old"}), READ, EDIT), CHANGED),),
    ),
    Case(
        "resumed",
        "claude",
        CLAUDE,
        (EDITED, Turn((_bash("echo And you. >> greeting.txt"), READ), LONGER)),
        content=AFTER + "And you.\n",
    ),
    Case(
        "picture",
        "claude",
        "gpt-4o-mini",
        (
            Turn((_call("Read", {"file_path": PICTURE}),), "A picture."),
            Turn((), "I see 1 picture(s)", asks="What do you see?"),
        ),
        content=BEFORE,
    ),
    Case(
        "deferred tool",
        "claude",
        CLAUDE,
        (Turn((_load("CronList"), _call("CronList", {})), "Nothing is due."),),
        content=BEFORE,
    ),
    Case(
        "web search",
        "claude",
        CLAUDE,
        (Turn((_load("WebSearch"), _call("WebSearch", {"query": "weather"})), "It rains."),),
        content=BEFORE,
        more=1,
    ),
    Case("subagent", "claude", CLAUDE, (Turn((AGENT,), "It is done."),), BEFORE, more=2),
    Case("no credit", "claude", CLAUDE, (EDITED,), BEFORE, "broke-key", "no credits left"),
    Case("wrong key", "claude", CLAUDE, (EDITED,), BEFORE, "bad-key", REFUSED),
)
