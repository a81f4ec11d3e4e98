"""What limits and the ledger add to a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measures import CPU_CALL, Figures, json_calls, settled
from bench.processes import HOST
from bench.targets import Target, memcached

IN_MEMORY, IN_MEMCACHED = "CPU added, in memory, µs", "CPU added, in memcached, µs"

TURNS, CALLS = 6, 300

# A ledger whose database is away only queues its rows.
NOTHING = {
    "RATE_LIMIT_REQUESTS": "0",
    "RATE_LIMIT_TOKENS": "0",
    "DATABASE_URL": "sqlite:////dev/null/relay.db",
}


def overhead(targets: Sequence[Target], *, usage: bool) -> dict[str, Figures]:
    """Each target that can be started again, beside itself with neither. Of several turns the
    least counts, for what else the machine does only adds to one.
    """
    return {target.name: _added(target, usage=usage) for target in targets if target.another}


def _added(target: Target, *, usage: bool) -> Figures:
    with _variants(target) as variants:
        costs: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(TURNS):
            for name, variant in variants.items():
                told = json_calls(variant, at_once=8, usage=usage, calls=CALLS)
                costs[name].append(told[CPU_CALL])
    without = min(costs.pop(""))
    return {name: min(cost) - without for name, cost in costs.items()}


@contextmanager
def _variants(target: Target) -> Iterator[dict[str, Target]]:
    """The bare one has no name."""
    assert target.another
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        place = {
            "MEMCACHED_HOST": HOST,
            "MEMCACHED_PORT": str(stack.enter_context(memcached(folder))),
        }
        settings = {"": NOTHING, IN_MEMORY: {}, IN_MEMCACHED: place}
        yield {
            name: settled(stack.enter_context(target.another(given)))
            for name, given in settings.items()
        }
