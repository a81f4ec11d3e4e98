"""How the scripted model writes its calls and its JSON: as told, or as a style has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.declarations import Frame, Tools
from simulator.habits import HABITS
from simulator.instructions import Call
from simulator.wishes import Wishes

ALWAYS = "-always"
MISSING_CLOSE, PROSE_ONLY = "missing-close", "prose-only"


def written(calls: Sequence[Call], tools: Tools, style: str, again: bool) -> str:
    """`again`: an earlier answer to the same was sent back, so a fault is mended. Of several
    calls only the first has the fault, and only that one is written again.
    """
    name, faulty = _fault(style, again)
    if name in HABITS:
        return HABITS[name](calls)
    if name == PROSE_ONLY and faulty:
        return f"I will now call {' and '.join(call.name for call in calls)} for you."
    frame = tools.frame
    if name in SPOILT:
        first = SPOILT[name](calls[0], tools) if faulty else calls[0]
        calls = (first,) if again else (first, *calls[1:])
    if name == MISSING_CLOSE:
        frame = Frame(frame.opening, "")
    return "\n".join(frame.write(call.name, call.arguments) for call in calls)


def json_written(text: str, schema: Any, style: str, again: bool) -> str:
    name, faulty = _fault(style, again)
    return JSON_STYLES[name](text, schema) if faulty and name in JSON_STYLES else text


def unknown_style(wish: Wishes) -> str | None:
    """A complaint, so that a misspelt style does not go unnoticed."""
    calls, values = (*HABITS, MISSING_CLOSE, PROSE_ONLY, *SPOILT), tuple(JSON_STYLES)
    for name, style, known in (("tools", wish.tools, calls), ("json", wish.json, values)):
        if style.removesuffix(ALWAYS) not in ("", *known):
            return f"There is no style {name}={style}, only: {', '.join(known)}."
    return None


def _fault(style: str, again: bool) -> tuple[str, bool]:
    """The style itself, and whether what is wrong with it is still wrong."""
    name = style.removesuffix(ALWAYS)
    return name, name not in MENDED or not again or style.endswith(ALWAYS)


def _misnamed(call: Call, tools: Tools) -> Call:
    return Call(f"no_such_{call.name}", call.arguments)


def _unfit(call: Call, tools: Tools) -> Call:
    given = _incomplete(json.loads(call.arguments), tools.schemas[call.name])
    return Call(call.name, _json("whatever seems best" if given is None else given))


def _broken(text: str, schema: Any) -> str:
    cut = len(text) > 2 and text[0] in "{["
    return text[: len(text) * 2 // 3] if cut else '{"value": "unfin'


def _invalid(text: str, schema: Any) -> str:
    value = json.loads(text)
    if not isinstance(value, dict):
        return _json({"unexpected": True})
    given = _incomplete(value, schema)
    return _json(["an object was asked for"] if given is None else given)


def _incomplete(value: dict[str, Any], schema: Any) -> dict[str, Any] | None:
    """Without the last that is required; None where nothing is."""
    required = schema.get("required") if isinstance(schema, dict) else None
    if not required:
        return None
    given = [name for name in required if name in value]
    return {name: each for name, each in value.items() if name not in given[-1:]}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


SPOILT: Mapping[str, Callable[[Call, Tools], Call]] = {
    "bad-name": _misnamed,
    "bad-arguments": _unfit,
}
JSON_STYLES: Mapping[str, Callable[[str, Any], str]] = {
    "fenced": lambda text, schema: f"```json\n{text}\n```",
    "prose": lambda text, schema: (
        f"Here is the JSON you asked for:\n\n{text}\n\nAnything else?"
    ),
    "broken": _broken,
    "invalid": _invalid,
}
MENDED = (*SPOILT, PROSE_ONLY, "broken", "invalid")
