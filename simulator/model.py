"""The model behind the simulator: what it says to a flat prompt."""

from __future__ import annotations

import re

from simulator.wishes import without

ROLE = r"(?:system|developer|user|human|assistant|ai|bot|model|tool|function)"
# "User:", "### Assistant", "[user]", "<|user|>", "**Human:** hello": a role opens the line.
HEADING = re.compile(
    rf"^[ \t]*[#*\[<|]*[ \t]*{ROLE}\b(?:[ \t]*[\]>|*:]+[ \t]*|[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
SAY = re.compile(r"\bsay exactly:[ \t]*(.+)", re.IGNORECASE | re.DOTALL)
COUNT = re.compile(r"\bcount to (\d{1,4})\b", re.IGNORECASE)
QUOTED = 60


def said(prompt: str, model: str) -> str:
    turn = without(last_turn(prompt))
    if match := SAY.search(turn):
        return match[1]
    if match := COUNT.search(turn):
        return ", ".join(str(number) for number in range(1, int(match[1]) + 1))
    question = " ".join(turn.split())[:QUOTED]
    return f"Hello! This is {model}, happy to help. You said: “{question}”."


def last_turn(prompt: str) -> str:
    """The last stretch with words in it; a closing "Assistant:" is a cue, not a turn."""
    turns = (turn.strip() for turn in reversed(HEADING.split(prompt)))
    return next((turn for turn in turns if turn), "")
