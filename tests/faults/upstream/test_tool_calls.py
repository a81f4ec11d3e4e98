"""Tool calls as servers stream them: in crumbs, mixed, or all at the end."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.cuts import pieces
from tests.faults.upstream.ways import (
    COMPATIBLE,
    NATIVE,
    PASSED,
    TRANSLATED,
    Way,
    delta,
    frames,
    stream,
    ways,
)
from tests.serving import ThreadedRelay

PARAMETERS = {"type": "object", "properties": {}}
ADD, LOOK = {"a": 1, "text": "é 🌍 \"}{' \\ \n"}, {"where": ["}", {"b": None}]}
TOLD = [json.dumps(ADD), json.dumps(LOOK, ensure_ascii=False)]
END = delta("tool_calls") + b"data: [DONE]\n\n"


def call(index: int, name: str = "", arguments: str = "", **fields: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "function": {k: v for k, v in function.items() if v}, **fields}


def begun(index: int, arguments: str = "") -> dict[str, Any]:
    return call(index, ("add", "look")[index], arguments, id=f"call_{index}", type="function")


def crumbs(index: int, count: int) -> list[bytes]:
    """The arguments of one call in so many pieces."""
    size = -(-len(TOLD[index]) // count)
    told = [delta(tool_calls=[call(index, "", text)]) for text in pieces(TOLD[index], size)]
    return [delta(tool_calls=[begun(index)]), *told]


def mixed() -> list[bytes]:
    first, second = crumbs(0, 15), crumbs(1, 15)
    return [
        crumb
        for at in range(max(len(first), len(second)))
        for crumb in (*first[at : at + 1], *second[at : at + 1])
    ]


def at_the_end() -> bytes:
    """As LM Studio does: names first, and all arguments in the frame that also ends it."""
    told = [call(index, "", TOLD[index]) for index in (0, 1)]
    return delta("tool_calls", tool_calls=told)


STREAMS = {
    "30 pieces": [*crumbs(0, 30), *crumbs(1, 30), END],
    "mixed": [*mixed(), END],
    "at the end": [delta(tool_calls=[begun(0), begun(1)]), at_the_end(), b"data: [DONE]\n\n"],
    "whole, with the end": [
        delta("tool_calls", tool_calls=[begun(0, TOLD[0]), begun(1, TOLD[1])]),
        b"data: [DONE]\n\n",
    ],
}


def asked(way: Way) -> dict[str, Any]:
    if way is TRANSLATED:
        tools: Any = [{"name": name, "input_schema": PARAMETERS} for name in ("add", "look")]
    else:
        functions = ({"name": name, "parameters": PARAMETERS} for name in ("add", "look"))
        tools = [{"type": "function", "function": function} for function in functions]
    return {"tools": tools}


def called(reply: requests.Response) -> list[tuple[str, Any]]:
    """The calls in a stream of either dialect, each by its place."""
    names: dict[int, str] = {}
    arguments: dict[int, str] = defaultdict(str)
    for frame in frames(reply):
        match frame:
            case {"index": int(place), "content_block": {"type": "tool_use", "name": name}}:
                names[place] = name
            case {"index": int(place), "delta": {"partial_json": piece}}:
                arguments[place] += piece
            case {"choices": [{"delta": {"tool_calls": told}}, *_]}:
                for each in told:
                    function = each["function"]
                    names.setdefault(each["index"], function.get("name"))
                    arguments[each["index"]] += function.get("arguments") or ""
    return [(names[place], json.loads(arguments[place])) for place in sorted(names)]


@pytest.mark.fault(30)
@ways(*COMPATIBLE)
@pytest.mark.parametrize("told", STREAMS.values(), ids=STREAMS)
def test_calls_arrive_whole_and_apart_however_they_were_sent(
    relay: ThreadedRelay, onemin: Simulator, way: Way, told: list[bytes]
) -> None:
    way.script(onemin, stream(*told))
    reply = way.ask(relay, stream=True, **asked(way))
    assert called(reply) == [("add", ADD), ("look", LOOK)]
    assert "tool_calls" in reply.text or '"stop_reason":"tool_use"' in reply.text
    if way is PASSED:
        assert reply.content == b"".join(told)


@pytest.mark.fault(30)
@ways(NATIVE, TRANSLATED)
def test_a_call_that_breaks_off_is_never_whole(
    relay: ThreadedRelay, onemin: Simulator, way: Way
) -> None:
    way.script(onemin, stream(*crumbs(0, 30)[:20]))
    reply = way.ask(relay, stream=True, **asked(way))
    assert '"tool_use"}' not in reply.text
    assert '"finish_reason":"tool_calls"' not in reply.text
    assert '"error"' in reply.text
