"""What a prompt asks of the simulator itself: `[[events=200 pace=20 size=12]]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DIRECTIVE = re.compile(r"\[\[((?:\w+=[\w.-]+ *)+)\]\]")
MOST_EVENTS, MOST_CHARACTERS = 100_000, 10_000


@dataclass(frozen=True, slots=True)
class Wishes:
    """Times are in seconds here, in milliseconds in the prompt. None: not asked for.

    `tools` and `json` are the styles in which calls and JSON are written, "" for what is right.
    """

    events: int | None = None
    size: int = 12
    pace: float | None = None
    delay: float | None = None
    usage: bool = True
    scenario: str | None = None
    tools: str = ""
    json: str = ""


def wishes(prompt: str) -> Wishes:
    """Of several directives the later wins, field by field."""
    return _read(" ".join(DIRECTIVE.findall(prompt))) if "[[" in prompt else Wishes()


def without(text: str) -> str:
    return DIRECTIVE.sub("", text).strip() if "[[" in text else text


@lru_cache(maxsize=256)
def _read(words: str) -> Wishes:
    asked = dict(word.split("=", 1) for word in words.split())
    events, size = _number(asked, "events"), _number(asked, "size")
    pace, delay = _number(asked, "pace"), _number(asked, "delay")
    return Wishes(
        events=None if events is None else min(events, MOST_EVENTS),
        size=min(max(size or 12, 1), MOST_CHARACTERS),
        pace=None if pace is None else pace / 1000,
        delay=None if delay is None else delay / 1000,
        usage=asked.get("usage") != "none",
        scenario=asked.get("scenario"),
        tools=asked.get("tools", ""),
        json=asked.get("json", ""),
    )


def _number(asked: dict[str, str], name: str) -> int | None:
    value = asked.get(name, "")
    return int(value) if value.isdecimal() else None
