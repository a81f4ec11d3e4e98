"""What streams cost: paced, in bursts, many at once, long ones, and their first words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain, count
from math import ceil
from time import monotonic
from typing import Any

from bench.dialects import Ask
from bench.figures import (
    ADDED,
    ADDED_P99,
    CPU_EVENT,
    EVENT_RATE,
    LATE,
    LATE_P99,
    WAIT,
    WAIT_P99,
    WAY,
    WAY_P99,
    Figures,
    fresh_asks,
    middle,
    p99,
    span,
)
from bench.load import PATIENCE, Exchange, Load
from bench.meters import CpuMeter
from bench.readings import Paced, deltas, stamped_deltas
from bench.targets import DIRECT, RELAY, Target

PACE = 20  # ms
PACED_EVENTS = 150
MOST_LOAD = 4.0  # cores that streams may need of a server with one process
OPENING_GAP = 0.0021  # seconds: streams of an event each 20 ms then run evenly out of step
WITNESSES = 200  # streams whose every event is timed; of more, each second or third or …
GLANCE = 0.1  # seconds between two looks at the others
BURSTS, BURST_SECONDS = 8, 1.0
FEWEST_EVENTS, MOST_EVENTS = 100, 5000
FIRST_BYTES, TURN = 250, 25
LONG_STREAMS, LONG_EVENTS, LONG_PACE = 10, 10_000, 1  # ms
EARLY, LATER = (0.2, 1.7), (8.2, 9.7)  # seconds of a long stream
LASTING = "CPU an event, last to first"


def paced(
    target: Target, *, streams: int, events: int = PACED_EVENTS, tools: bool = False
) -> Figures:
    """Nothing for another gateway that would come to a standstill."""
    if target.name != RELAY and streams * target.speed.event * 1e3 / PACE > MOST_LOAD:
        return {}
    asks = fresh_asks(streams, events=events, pace=PACE, stream=True, tools=tools)
    meter = CpuMeter(target.pid, target.idle)
    exchanges, stride = _opened(target, asks)
    cpu = meter.seconds()
    pairs = zip(asks, exchanges, strict=True)
    came = [stamped_deltas(target, *pair) for pair in pairs]  # says so if a letter is missing
    ways = [
        stream.begun - exchange.sent for stream, exchange in zip(came, exchanges, strict=True)
    ]
    late = list(chain.from_iterable(map(_lateness, came[::stride])))
    return {
        CPU_EVENT: cpu / (streams * events) * 1e6,
        LATE: middle(late),
        LATE_P99: p99(late),
        WAY: middle(ways),
        WAY_P99: p99(ways),
    }


def _opened(target: Target, asks: Sequence[Ask]) -> tuple[list[Exchange], int]:
    """And how far apart those are that were listened to: to time every event of a thousand
    streams would take as much CPU as to serve them.
    """
    requests = [target.dialect.request(ask) for ask in asks]
    stride = ceil(len(asks) / WITNESSES)
    exchanges = []
    with Load(target.address) as load, Load(target.address) as aside:
        due = monotonic()
        for index, request in enumerate(requests):
            exchanges.append((aside if index % stride else load).ask(request))
            due += OPENING_GAP
            load.listen_until(due)
        while aside.drain() and monotonic() < due + PATIENCE:
            load.listen_until(monotonic() + GLANCE)
        load.finish()
        aside.finish()
    return exchanges, stride


def _lateness(stream: Paced) -> list[float]:
    """Seconds since each event was due at the upstream. Up to one millisecond of it is that
    one's own.
    """
    due = count(stream.begun, PACE / 1e3)
    return [arrival - moment for arrival, moment in zip(stream.arrived, due, strict=False)]


def burst(target: Target, *, seconds: float = BURST_SECONDS, tools: bool = False) -> Figures:
    """An event is one of upstream's: a relay may pass on several as one."""
    most = target.speed.burst * seconds / BURSTS
    return _burst(target, round(min(max(most, FEWEST_EVENTS), MOST_EVENTS)), tools)


def _burst(target: Target, events: int, tools: bool) -> Figures:
    asks = fresh_asks(BURSTS, events=events, stream=True, tools=tools)
    requests = [target.dialect.request(ask) for ask in asks]
    meter = CpuMeter(target.pid, target.idle)
    with Load(target.address) as load:
        exchanges = load.keep_asking(requests, BURSTS)
    cpu = meter.seconds()
    for pair in zip(asks, exchanges, strict=True):
        deltas(target, *pair)  # says so if a letter is missing
    came = BURSTS * events
    return {EVENT_RATE: came / span(exchanges), CPU_EVENT: cpu / came * 1e6}


def lasting(target: Target, *, tools: bool = False) -> Figures:
    """What the last events of a long stream cost beside the first."""
    wishes: dict[str, Any] = {"events": LONG_EVENTS, "pace": LONG_PACE, "tools": tools}
    asks = fresh_asks(LONG_STREAMS, stream=True, **wishes)
    meter = CpuMeter(target.pid, target.idle)
    readings: list[tuple[float, float]] = []
    with Load(target.address) as load:
        begun = monotonic()
        exchanges = load.open([target.dialect.request(ask) for ask in asks], 0)
        for seconds in (*EARLY, *LATER):
            load.listen_until(begun + seconds)
            readings.append((monotonic(), meter.so_far()))
        load.finish()
    pairs = zip(asks, exchanges, strict=True)
    moments = [moment for pair in pairs for moment in deltas(target, *pair)]
    first, last = (
        (used - before) / sum(begin < moment <= end for moment in moments) * 1e6
        for (begin, before), (end, used) in (readings[:2], readings[2:])
    )
    return {"first, µs": first, "last, µs": last, LASTING: last / first}


def first_bytes(targets: Sequence[Target]) -> dict[str, Figures]:
    """One stream at a time, by turns of several: the first of a turn find the machine's caches
    full of what the server before used.
    """
    waits: dict[str, list[float]] = {target.name: [] for target in targets}
    with ExitStack() as stack:
        loads = [(target, stack.enter_context(Load(target.address))) for target in targets]
        asks = fresh_asks(FIRST_BYTES, events=3, pace=1, stream=True)
        for place in range(0, FIRST_BYTES, TURN):
            for target, load in loads:
                for ask in asks[place : place + TURN]:
                    [exchange] = load.keep_asking([target.dialect.request(ask)], 1)
                    waits[target.name].append(deltas(target, ask, exchange)[0] - exchange.sent)
    return {
        name: {
            WAIT: middle(own),
            WAIT_P99: p99(own),
            **({} if name == DIRECT else _added(own, waits[DIRECT])),
        }
        for name, own in waits.items()
    }


def _added(own: list[float], direct: list[float]) -> Figures:
    added = [mine - other for mine, other in zip(own, direct, strict=True)]
    return {ADDED: middle(added), ADDED_P99: p99(added)}
