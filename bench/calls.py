"""What JSON calls cost: many at once, with tools, with long prompts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.answers import Answer
from bench.dialects import Ask
from bench.figures import (
    CPU_CALL,
    RATE,
    WAIT,
    WAIT_P99,
    Figures,
    fresh_asks,
    middle,
    p99,
    span,
)
from bench.load import Exchange, Load
from bench.meters import CpuMeter
from bench.readings import check_whole
from bench.targets import Target

SECONDS = 1.2  # what one measure takes, as long as that is enough calls
FEWEST, MOST = 40, 6000  # calls that are prepared
ENOUGH = 8  # calls, however long they take
SHORTEST, LENGTHS = 300, 400  # characters of an answer: too many lengths to remember each
PROMPTS = {"1k": 90, "10k": 910, "100k": 9100}  # by its tokens: words in each of ten messages
GROWTH = "CPU, 100k to 1k"


@dataclass(frozen=True, slots=True)
class Calls:
    cpu: float  # seconds
    exchanges: Sequence[Exchange]
    answers: Sequence[Answer]

    @property
    def cost(self) -> float:
        return self.cpu / len(self.answers) * 1e6


def json_calls(
    target: Target, *, at_once: int, seconds: float = SECONDS, **wishes: Any
) -> Figures:
    calls = called(target, at_once, seconds, **wishes)
    waits = [answer.last_byte - answer.sent for answer in calls.answers]
    return {
        RATE: len(waits) / span(calls.exchanges),
        CPU_CALL: calls.cost,
        WAIT: middle(waits),
        WAIT_P99: p99(waits),
    }


def prompts(target: Target) -> Figures:
    """One call at a time, tokens counted by whoever counts them."""
    figures = {f"CPU, {size} tokens, µs": _prompt(target, size) for size in PROMPTS}
    least, *_, most = figures.values()
    return {**figures, GROWTH: most / least}


def _prompt(target: Target, size: str) -> float:
    calls = target.speed.calls * SECONDS * PROMPTS["1k"] / PROMPTS[size]
    asks = fresh_asks(round(max(calls, ENOUGH)), words=PROMPTS[size], usage=False)
    return _called(target, asks, 1, SECONDS).cost


def called(target: Target, at_once: int, seconds: float, **wishes: Any) -> Calls:
    calls = round(min(max(target.speed.calls * seconds, FEWEST), MOST))
    asks = [
        replace(ask, size=SHORTEST + ask.number % LENGTHS)
        for ask in fresh_asks(calls, **wishes)
    ]
    return _called(target, asks, at_once, seconds)


def _called(target: Target, asks: Sequence[Ask], at_once: int, seconds: float) -> Calls:
    requests = [target.dialect.request(ask) for ask in asks]
    meter = CpuMeter(target.pid, target.idle)
    with Load(target.address) as load:
        exchanges = load.keep_asking(_for(seconds, requests), at_once)
    cpu = meter.seconds()
    pairs = zip(asks, exchanges, strict=False)  # what was left over was not asked
    return Calls(cpu, exchanges, [check_whole(target, *pair) for pair in pairs])


def _for(seconds: float, requests: Sequence[bytes]) -> Iterator[bytes]:
    """As many as are taken in that time, and at least enough."""
    until = time.monotonic() + seconds
    for index, request in enumerate(requests):
        if index >= ENOUGH and time.monotonic() > until:
            return
        yield request
