"""What a program is asked to do. The simulator's model follows the plan in the prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "the-callers-own-1min-key"
BEFORE, AFTER = "Hello, world.\n", "Hello, relay.\n"
MINI, CLAUDE = "gpt-4o-mini", "us.anthropic.claude-sonnet-5"
CHANGED = "The greeting is changed."
REFUSED = "refused this API key"
LONGER = "The greeting has a second line."
FILE = "{file}"  # stands for where greeting.txt is; a picture is beside it
PICTURE = f"{FILE}.png"
PATCH = """\
*** Begin Patch
*** Update File: greeting.txt
@@
-Hello, world.
+Hello, relay.
*** End Patch
"""


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
    """`told` is for what is refused, like a key: what the user must read. The program then
    fails. `more` answers are for conversations that the program has on the side.
    """

    name: str
    model: str
    turns: tuple[Turn, ...]
    content: str = AFTER
    key: str = KEY
    told: str = ""
    more: int = 0

    @property
    def answers(self) -> int:
        return sum(turn.answers for turn in self.turns) + self.more


def use(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(arguments)}"
