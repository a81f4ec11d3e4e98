"""Which loads are measured, and the bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench import measures
from bench.measures import ADDED, CPU_CALL, CPU_EVENT, Figures
from bench.overhead import IN_MEMCACHED, IN_MEMORY, overhead
from bench.targets import Target

JSON_BAR, EVENT_BAR, FIRST_BYTE_BAR = 1600.0, 115.0, 3.0  # µs, µs, ms
MEMORY_BAR, MEMCACHED_BAR = 250.0, 500.0  # µs
USUAL, OTHERS = 8, (1, 32)  # connections


@dataclass(frozen=True, slots=True)
class Case:
    """`measure` takes running targets and returns figures by their names. No figure of the
    relay's may be above its bar.
    """

    name: str
    title: str
    measure: Callable[[Sequence[Target]], dict[str, Figures]]
    bars: Mapping[str, float] = field(default_factory=dict)


def cases(full: bool) -> list[Case]:
    return [
        *_json(USUAL, {CPU_CALL: JSON_BAR}),
        *(case for at_once in OTHERS if full for case in _json(at_once, {})),
        Case(
            "paced",
            f"{measures.PACED_STREAMS} streams, an event each {measures.PACE} ms",
            partial(_each, measures.paced),
            {CPU_EVENT: EVENT_BAR},
        ),
        Case(
            "burst",
            f"{measures.BURSTS} streams as fast as they go",
            partial(_each, measures.burst),
        ),
        Case(
            "paced-tools",
            f"{measures.PACED_STREAMS} such streams, four tools declared",
            partial(_each, partial(measures.paced, tools=True)),
        ),
        Case(
            "burst-tools",
            f"{measures.BURSTS} such streams, four tools declared",
            partial(_each, partial(measures.burst, tools=True)),
        ),
        Case(
            "first-byte",
            "a stream's first words",
            measures.first_bytes,
            {ADDED: FIRST_BYTE_BAR},
        ),
        *_overhead(),
        Case(
            "memory",
            f"{measures.OPEN_STREAMS} open streams",
            measures.memory_of_streams,
        ),
    ]


def _json(at_once: int, bars: Mapping[str, float]) -> list[Case]:
    counted, told = (
        partial(_each, partial(measures.json_calls, at_once=at_once, usage=usage))
        for usage in (False, True)
    )
    return [
        Case("json", f"JSON, {at_once} at once, tokens counted here", counted, bars),
        Case("json", f"JSON, {at_once} at once, tokens told by upstream", told),
    ]


def _overhead() -> list[Case]:
    bars = {IN_MEMORY: MEMORY_BAR, IN_MEMCACHED: MEMCACHED_BAR}
    return [
        Case(
            "limits",
            f"limits and ledger, {USUAL} at once, tokens counted {where}",
            partial(overhead, usage=usage),
            bars,
        )
        for usage, where in ((False, "in any case"), (True, "for the limits"))
    ]


def _each(
    measure: Callable[[Target], Figures], targets: Sequence[Target]
) -> dict[str, Figures]:
    return {target.name: measure(target) for target in targets}
