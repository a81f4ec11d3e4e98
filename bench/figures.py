"""Figures by the names of what they measure, and what they are worked out with."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from typing import Any

from bench.dialects import Ask
from bench.load import Exchange

Figures = dict[str, float]  # by measure: of one target in one round

RATE, EVENT_RATE = "requests/s", "events/s"
CPU_CALL, CPU_EVENT = "CPU a request, µs", "CPU an event, µs"
WAIT, WAIT_P99 = "time, median, ms", "time, 99th percentile, ms"
ADDED, ADDED_P99 = "added, median, ms", "added, 99th percentile, ms"
LATE, LATE_P99 = "late, median, ms", "late, 99th percentile, ms"
WAY, WAY_P99 = "upstream asked after, median, ms", "upstream asked after, 99th percentile, ms"


def fresh_asks(count: int, **wishes: Any) -> list[Ask]:
    """Questions that nobody asked before."""
    first = random.randrange(10**8, 10**9)
    return [Ask(number, **wishes) for number in range(first, first + count)]


def span(exchanges: Sequence[Exchange]) -> float:
    """Seconds from the first request to the last byte."""
    begun = min(exchange.sent for exchange in exchanges)
    return max(exchange.pieces[-1][0] for exchange in exchanges) - begun


def middle(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return statistics.median(seconds) * 1e3


def p99(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100)[98] * 1e3
