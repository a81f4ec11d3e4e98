"""Which loads are measured, and the bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench import calls, memory, streams
from bench.bars import Bar, least
from bench.errors import Failed
from bench.figures import ADDED, ADDED_P99, CPU_CALL, CPU_EVENT, LATE_P99, RATE, Figures
from bench.others import BUILDS, LITELLM, PORTKEY
from bench.overhead import IN_MEMCACHED, IN_MEMORY, USAGE, added, overhead
from bench.targets import DIRECT, RELAY, Target

Told = dict[str, Figures | Failed]  # by a server's name
Measure = Callable[[Sequence[Target]], Mapping[str, Figures | Failed]]

OTHERS = tuple(BUILDS)
EVERYBODY = (RELAY, *OTHERS, DIRECT)
USUAL = 8  # connections
STREAMS, CAPACITY, CAPACITY_EVENTS = 50, 1000, 250


@dataclass(frozen=True, slots=True)
class Case:
    """`measure` takes running targets and returns figures by their names; the bars are for the
    relay's. `names` says who takes part; what takes long, some do only `once`, in the first
    round.
    """

    name: str
    title: str
    measure: Measure
    bars: Mapping[str, Bar] = field(default_factory=dict)
    names: Sequence[str] = EVERYBODY
    once: Sequence[str] = ()

    def of(self, targets: Sequence[Target], number: int) -> list[Target]:
        """Those who take part in that round."""
        away = self.once if number else ()
        names = [name for name in self.names if name not in away]
        return [target for target in targets if target.name in names]


def cases() -> list[Case]:
    return [*_json(), *_paced(), *_bursts(), *_long(), *_beside(), *_memory()]


def _json() -> list[Case]:
    bars = {
        CPU_CALL: Bar(1000),
        RATE: least(1000),
        _times(LITELLM): least(15),
        _times(PORTKEY): least(3),
    }
    counted = [
        Case(
            "json",
            f"JSON, {at_once} at once, the relay counts tokens",
            partial(_compared, partial(calls.json_calls, at_once=at_once, usage=False)),
            bars if at_once == USUAL else {},
        )
        for at_once in (USUAL, 1, 32)
    ]
    told = partial(_each, partial(calls.json_calls, at_once=USUAL))
    tools = partial(_each, partial(calls.json_calls, at_once=USUAL, tools=True))
    return [
        *counted,
        Case("json", f"JSON, {USUAL} at once, upstream tells tokens", told, names=(RELAY,)),
        Case("json-tools", f"JSON, {USUAL} at once, four tools declared", tools),
    ]


def _paced() -> list[Case]:
    bars = {STREAMS: {CPU_EVENT: Bar(85)}, CAPACITY: {LATE_P99: Bar(100)}}
    lengths = {CAPACITY: CAPACITY_EVENTS}
    tools = partial(_each, partial(streams.paced, streams=STREAMS, tools=True))
    plain = [
        Case(
            "paced" if number < CAPACITY else "capacity",
            f"{number:,} streams, an event each {streams.PACE} ms",
            partial(_each, _paced_streams(number, lengths.get(number))),
            bars.get(number, {}),
        )
        for number in (STREAMS, 200, 500, CAPACITY)
    ]
    title = f"{STREAMS} streams, an event each {streams.PACE} ms, four tools declared"
    return [*plain, Case("paced-tools", title, tools, names=(RELAY,))]


def _paced_streams(number: int, events: int | None) -> Callable[[Target], Figures]:
    return partial(streams.paced, streams=number, events=events or streams.PACED_EVENTS)


def _bursts() -> list[Case]:
    title = f"{streams.BURSTS} streams as fast as they go"
    tools = partial(streams.burst, tools=True)
    return [
        Case("burst", title, partial(_each, streams.burst), {CPU_EVENT: Bar(20)}),
        Case("burst-tools", f"{title}, four tools declared", partial(_each, tools)),
    ]


def _long() -> list[Case]:
    return [
        Case(
            "lasting",
            f"the last events of {streams.LONG_EVENTS:,}{told}",
            partial(_each, partial(streams.lasting, tools=tools)),
            {streams.LASTING: Bar(1.2)},
            names=(RELAY,),
        )
        for tools, told in ((False, ""), (True, ", four tools declared"))
    ]


def _beside() -> list[Case]:
    added_to = {IN_MEMORY: Bar(250), IN_MEMCACHED: Bar(500)}
    return [
        Case(
            "first-byte",
            "a stream's first words",
            streams.first_bytes,
            {ADDED: Bar(2), ADDED_P99: Bar(10)},
        ),
        Case(
            "prompts",
            "prompts of 1k, 10k and 100k tokens",
            partial(_each, calls.prompts),
            {calls.GROWTH: Bar(110)},
        ),
        Case(
            "limits",
            f"what limits and the ledger add, {USUAL} at once",
            partial(_each, overhead),
            {added(where, why): bar for where, bar in added_to.items() for why in USAGE},
            names=(RELAY,),
        ),
    ]


def _memory() -> list[Case]:
    return [
        Case(
            "memory",
            f"{memory.STREAMS} open streams",
            partial(_each, memory.of_streams),
            {memory.STREAM_MEMORY: Bar(60)},
            names=(RELAY, *OTHERS),
            once=OTHERS,
        ),
        Case(
            "requests",
            f"after {memory.REQUESTS:,} requests, or as many as fit into {memory.PATIENCE:g} s",
            partial(_each, memory.of_requests),
            names=(RELAY, *OTHERS),
            once=(RELAY, *OTHERS),
        ),
    ]


def _each(measure: Callable[[Target], Figures], targets: Sequence[Target]) -> Told:
    return {target.name: _figures(measure, target) for target in targets}


def _figures(measure: Callable[[Target], Figures], target: Target) -> Figures | Failed:
    """Whoever else fails is not worth the whole run."""
    try:
        return measure(target)
    except Failed as failed:
        if target.name in OTHERS:
            return failed
        raise


def _compared(measure: Callable[[Target], Figures], targets: Sequence[Target]) -> Told:
    """With the relay's rate in multiples of other gateways'."""
    told = _each(measure, targets)
    for name in (LITELLM, PORTKEY):
        match told.get(RELAY), told.get(name):
            case dict(ours), dict(theirs):
                ours[_times(name)] = ours[RATE] / theirs[RATE]
    return told


def _times(name: str) -> str:
    return f"requests/s, times {name}'s"
