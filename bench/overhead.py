"""What limits and the ledger add to a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.calls import json_calls
from bench.figures import CPU_CALL, Figures
from bench.processes import HOST
from bench.targets import Target, memcached
from bench.warming import warmed

NEITHER, IN_MEMORY, IN_MEMCACHED = "neither", "in memory", "in memcached"
USAGE = {"anyway": False, "for the limits": True}  # why tokens are counted: does upstream tell?
TURNS, SECONDS = 5, 0.4

# A ledger whose database is away only queues its rows.
NOTHING = {
    "RATE_LIMIT_REQUESTS": "0",
    "RATE_LIMIT_TOKENS": "0",
    "DATABASE_URL": "sqlite:////dev/null/relay.db",
}


def added(where: str, why: str) -> str:
    return f"CPU added {where}, tokens counted {why}, µs"


def overhead(target: Target) -> Figures:
    """Beside the same server with neither. Of several turns the least counts, for what else the
    machine does only adds to one.
    """
    with _variants(target) as variants:
        return {
            figure: value
            for why, usage in USAGE.items()
            for figure, value in _added(variants, why, usage).items()
        }


def _added(variants: Mapping[str, Target], why: str, usage: bool) -> Figures:
    costs: dict[str, list[float]] = {where: [] for where in variants}
    for _ in range(TURNS):
        for where, variant in variants.items():
            told = json_calls(variant, at_once=8, seconds=SECONDS, usage=usage)
            costs[where].append(told[CPU_CALL])
    without = min(costs.pop(NEITHER))
    return {added(where, why): min(cost) - without for where, cost in costs.items()}


@contextmanager
def _variants(target: Target) -> Iterator[dict[str, Target]]:
    assert target.another
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        place = {
            "MEMCACHED_HOST": HOST,
            "MEMCACHED_PORT": str(stack.enter_context(memcached(folder))),
        }
        settings = {NEITHER: NOTHING, IN_MEMORY: {}, IN_MEMCACHED: place}
        yield {
            name: warmed(stack.enter_context(target.another(given)))
            for name, given in settings.items()
        }
