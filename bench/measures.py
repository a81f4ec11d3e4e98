"""What one target, or all by turns, cost under one kind of load."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

from bench.dialects import Ask
from bench.load import Exchange, Load
from bench.meters import CpuMeter, memory
from bench.readings import check_open, check_whole, deltas
from bench.targets import DIRECT, Target

Figures = dict[str, float]  # by measure: of one target in one round

RATE, EVENT_RATE = "requests/s", "events/s"
CPU_CALL, CPU_EVENT = "CPU a request, µs", "CPU an event, µs"
WAIT, WAIT_P99 = "time, median, ms", "time, 99th percentile, ms"
ADDED, ADDED_P99 = "added, median, ms", "added, 99th percentile, ms"
LATE, LATE_P99 = "late, median, ms", "late, 99th percentile, ms"

WARMING_CALLS, WARMING_STREAMS, CALLS = 200, 8, 1000
SHORTEST, LENGTHS = 300, 400  # characters of an answer: too many lengths to remember each
PACED_STREAMS, PACED_EVENTS, PACE = 40, 200, 20
START_GAP = 0.0055  # seconds: 40 streams of an event each 20 ms then run evenly out of step
BURSTS, BURST_EVENTS = 8, 5000
FIRST_BYTES = 250
OPEN_STREAMS, SLOW_PACE, OPEN_SECONDS = 200, 200, 1.0
IDLE_SECONDS = 1.0


def settled(target: Target) -> Target:
    """The target warmed up, with what it uses when idle."""
    _warm(target)
    meter = CpuMeter(target.pid)
    sleep(IDLE_SECONDS)
    return replace(target, idle=meter.seconds() / IDLE_SECONDS)


def _warm(target: Target) -> None:
    """Caches filled, tokenizer loaded, code specialised."""
    for usage in (True, False):
        json_calls(target, at_once=8, usage=usage, calls=WARMING_CALLS)
    burst(target, events=500)


def json_calls(target: Target, *, at_once: int, usage: bool, calls: int = CALLS) -> Figures:
    asks = [
        replace(ask, size=SHORTEST + ask.number % LENGTHS) for ask in _asks(calls, usage=usage)
    ]
    requests = [target.dialect.request(ask) for ask in asks]
    meter = CpuMeter(target.pid, target.idle)
    with Load(target.address) as load:
        exchanges = load.keep_asking(requests, at_once)
    cpu = meter.seconds()
    answers = [check_whole(target, *pair) for pair in zip(asks, exchanges, strict=True)]
    waits = [answer.last_byte - answer.sent for answer in answers]
    return {
        RATE: calls / _span(exchanges),
        CPU_CALL: cpu / calls * 1e6,
        WAIT: statistics.median(waits) * 1e3,
        WAIT_P99: _p99(waits) * 1e3,
    }


def paced(target: Target, *, tools: bool = False) -> Figures:
    asks = _asks(PACED_STREAMS, events=PACED_EVENTS, pace=PACE, stream=True, tools=tools)
    requests = [target.dialect.request(ask) for ask in asks]
    meter = CpuMeter(target.pid, target.idle)
    with Load(target.address) as load:
        exchanges = load.open(requests, START_GAP)
        load.finish()
    cpu = meter.seconds()
    pairs = zip(asks, exchanges, strict=True)
    late = [wait for pair in pairs for wait in _lateness(deltas(target, *pair), PACE / 1e3)]
    return {
        CPU_EVENT: cpu / len(late) * 1e6,
        LATE: statistics.median(late) * 1e3,
        LATE_P99: _p99(late) * 1e3,
    }


def _lateness(arrivals: list[float], pace: float) -> list[float]:
    """Seconds behind the stream's own schedule, which its most punctual event sets.

    The simulator's own sleep is good for up to one millisecond of it.
    """
    begun = [moment - index * pace for index, moment in enumerate(arrivals)]
    return [moment - min(begun) for moment in begun]


def burst(target: Target, events: int = BURST_EVENTS, *, tools: bool = False) -> Figures:
    """An event is one of upstream's: a relay may pass on several as one."""
    asks = _asks(BURSTS, events=events, stream=True, tools=tools)
    requests = [target.dialect.request(ask) for ask in asks]
    meter = CpuMeter(target.pid, target.idle)
    with Load(target.address) as load:
        exchanges = load.keep_asking(requests, BURSTS)
    cpu = meter.seconds()
    for pair in zip(asks, exchanges, strict=True):
        deltas(target, *pair)  # says so if a letter is missing
    came = BURSTS * events
    return {EVENT_RATE: came / _span(exchanges), CPU_EVENT: cpu / came * 1e6}


def first_bytes(targets: Sequence[Target]) -> dict[str, Figures]:
    """One stream at a time, by turns."""
    waits: dict[str, list[float]] = {target.name: [] for target in targets}
    with ExitStack() as stack:
        loads = [(target, stack.enter_context(Load(target.address))) for target in targets]
        for ask in _asks(FIRST_BYTES, events=3, pace=1, stream=True):
            for target, load in loads:
                [exchange] = load.keep_asking([target.dialect.request(ask)], 1)
                waits[target.name].append(deltas(target, ask, exchange)[0] - exchange.sent)
    return {
        name: {
            WAIT: statistics.median(own) * 1e3,
            WAIT_P99: _p99(own) * 1e3,
            **({} if name == DIRECT else _added(own, waits[DIRECT])),
        }
        for name, own in waits.items()
    }


def _added(own: list[float], direct: list[float]) -> Figures:
    added = [mine - other for mine, other in zip(own, direct, strict=True)]
    return {ADDED: statistics.median(added) * 1e3, ADDED_P99: _p99(added) * 1e3}


def memory_of_streams(targets: Sequence[Target]) -> dict[str, Figures]:
    """Of fresh processes: one that has carried streams before has kept their memory."""
    figures = {}
    for target in targets:
        if target.another:
            with target.another({}) as fresh:
                _warm(fresh)
                figures[target.name] = _growth(fresh)
    return figures


def _growth(target: Target) -> Figures:
    asks = _asks(OPEN_STREAMS, events=10_000, pace=SLOW_PACE, stream=True)
    before = memory(target.pid)
    with Load(target.address) as load:
        exchanges = load.open([target.dialect.request(ask) for ask in asks], START_GAP)
        load.listen_until(monotonic() + OPEN_SECONDS)
        after = memory(target.pid)
    for exchange in exchanges:
        check_open(target, exchange)
    return {
        f"{name.upper()} a stream, KB": (after[name] - before[name]) / OPEN_STREAMS
        for name in after
    }


def _asks(count: int, **wishes: Any) -> list[Ask]:
    """Questions that nobody asked before."""
    first = random.randrange(10**8, 10**9)
    return [Ask(number, **wishes) for number in range(first, first + count)]


def _span(exchanges: list[Exchange]) -> float:
    """Seconds from the first request to the last byte."""
    begun = min(exchange.sent for exchange in exchanges)
    return max(exchange.pieces[-1][0] for exchange in exchanges) - begun


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]
