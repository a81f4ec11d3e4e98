"""What a setup does and costs under JSON calls and under paced streams."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bench.dialects import Ask
from bench.load import Exchange, Load
from bench.meters import CpuMeter, memory
from bench.readings import check_open, check_whole, deltas
from bench.scaling.setups import Setup

T = TypeVar("T")

Figures = dict[str, float]

CALLS, AT_ONCE = 1500, 32
SHORTEST, LENGTHS = 300, 400  # characters of an answer
STREAMS, EVENTS, PACE = 200, 100, 20  # milliseconds between two events
START_GAP = 0.0053  # seconds: so that streams run out of step
OPEN_STREAMS, SLOW_PACE, OPEN_SECONDS = 200, 200, 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds: of each serving process, and of what is beside them."""

    serving: list[float]
    beside: dict[str, float]

    def figures(self, count: int, what: str) -> Figures:
        told = {f"CPU {what}, µs": sum(self.serving) / count * 1e6}
        if len(self.serving) > 1:
            busiest = max(self.serving) / statistics.mean(self.serving)
            told["busiest process to the mean"] = busiest
        for name, used in self.beside.items():
            told[f"CPU of {name} {what}, µs"] = used / count * 1e6
        return told


def warm(setup: Setup) -> None:
    """Each process, however they share the calls."""
    calls(setup, 250 * len(setup.serving))
    _streamed(setup, _asks(40, events=10, pace=PACE, stream=True))


def json_calls(setup: Setup) -> Figures:
    cost, exchanges = metered(setup, lambda: calls(setup, CALLS))
    waits = [exchange.pieces[-1][0] - exchange.sent for exchange in exchanges]
    return {
        "requests/s": CALLS / _span(exchanges),
        "time, median, ms": statistics.median(waits) * 1e3,
        **cost.figures(CALLS, "a request"),
    }


def calls(setup: Setup, count: int) -> list[Exchange]:
    asks = _asks(count, usage=False)
    asks = [replace(ask, size=SHORTEST + ask.number % LENGTHS) for ask in asks]
    requests = [setup.target.dialect.request(ask) for ask in asks]
    with Load(setup.target.address) as load:
        exchanges = load.keep_asking(requests, AT_ONCE)
    for ask, exchange in zip(asks, exchanges, strict=True):
        check_whole(setup.target, ask, exchange)
    return exchanges


def paced(setup: Setup) -> Figures:
    asks = _asks(STREAMS, events=EVENTS, pace=PACE, stream=True)
    cost, arrivals = metered(setup, lambda: _streamed(setup, asks))
    late = [wait for each in arrivals for wait in _lateness(each)]
    return {
        "late, median, ms": statistics.median(late) * 1e3,
        "late, 99th percentile, ms": statistics.quantiles(late, n=100)[98] * 1e3,
        **cost.figures(len(late), "an event"),
    }


def memory_of_streams(setup: Setup) -> Figures:
    """PSS counts what processes share once."""
    asks = _asks(OPEN_STREAMS, events=10_000, pace=SLOW_PACE, stream=True)
    before = _held(setup)
    with Load(setup.target.address) as load:
        opened = load.open([setup.target.dialect.request(ask) for ask in asks], START_GAP)
        load.listen_until(time.monotonic() + OPEN_SECONDS)
        after = _held(setup)
    for exchange in opened:
        check_open(setup.target, exchange)
    return {
        "PSS of a process, MB": before / len(setup.serving) / 1024,
        "PSS a stream, KB": (after - before) / OPEN_STREAMS,
    }


def _held(setup: Setup) -> int:
    return sum(memory(pid)["Pss"] for pid in setup.serving)


def metered(setup: Setup, work: Callable[[], T]) -> tuple[Cost, T]:
    serving = [CpuMeter(pid) for pid in setup.serving]
    beside = {name: CpuMeter(pid) for name, pid in setup.beside.items()}
    done = work()
    used = [meter.seconds() for meter in serving]
    return Cost(used, {name: meter.seconds() for name, meter in beside.items()}), done


def _streamed(setup: Setup, asks: list[Ask]) -> list[list[float]]:
    """When the events of each arrived."""
    requests = [setup.target.dialect.request(ask) for ask in asks]
    with Load(setup.target.address) as load:
        exchanges = load.open(requests, START_GAP)
        load.finish()
    pairs = zip(asks, exchanges, strict=True)
    return [deltas(setup.target, *pair) for pair in pairs]


def _lateness(arrivals: list[float]) -> list[float]:
    """Seconds behind the stream's own schedule, which its most punctual event sets."""
    begun = [moment - index * PACE / 1e3 for index, moment in enumerate(arrivals)]
    return [moment - min(begun) for moment in begun]


def _asks(count: int, **wishes: Any) -> list[Ask]:
    """Questions that nobody asked before."""
    first = random.randrange(10**8, 10**9)
    return [Ask(number, **wishes) for number in range(first, first + count)]


def _span(exchanges: list[Exchange]) -> float:
    begun = min(exchange.sent for exchange in exchanges)
    return max(exchange.pieces[-1][0] for exchange in exchanges) - begun
