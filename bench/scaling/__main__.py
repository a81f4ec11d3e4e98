"""`python -m bench.scaling`: writes bench/results/scaling.md, and what follows from it into
docs/sizing.md, in two or three minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.errors import Failed
from bench.scaling.consistency import consistency
from bench.scaling.measures import (
    AT_ONCE,
    PACE,
    STREAMS,
    Figures,
    json_calls,
    memory_of_streams,
    paced,
    warm,
)
from bench.scaling.setups import Setup, setups
from bench.scaling.sizing import tell
from bench.targets import direct

PLACE = Path(__file__).parent.parent / "results" / "scaling.md"
ROUNDS = 3
CASES: Mapping[str, tuple[Callable[[Setup], Figures], int]] = {  # and how often
    f"JSON, {AT_ONCE} at once": (json_calls, ROUNDS),
    f"{STREAMS} streams, an event each {PACE} ms": (paced, ROUNDS),
    "memory": (memory_of_streams, 1),
}
NOTE = """\
Medians of {rounds} rounds, the setups by turns. Load, upstream and everything else ran on the
same {cpus} CPUs: requests a second end where those do, and CPU is what tells. CPU of a setup is
that of its relays, all together; that of nginx and PostgreSQL is told apart. PSS is memory,
with what processes share divided among them; here of processes that had carried streams
before, and had kept memory for them: `make bench` tells what one takes of a fresh process.
"""

Cells = dict[tuple[str, str], dict[str, list[float]]]  # by case and measure, by setup


def main() -> int:
    options = _options()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            upstream = stack.enter_context(direct(folder))
            running = stack.enter_context(setups(folder, upstream.url, options.python))
            cells = _measured(running)
            found = consistency(running[-1])
    except Failed as failed:
        told = "\n".join([str(failed), *getattr(failed, "__notes__", ())])
        print(f"The benchmark failed. {told}", file=sys.stderr)
        return 2
    text = _text([setup.name for setup in running], cells, found)
    print(text)
    PLACE.write_text(text)
    tell(_of(cells, running[0].name), _of(cells, running[-1].name))
    return 0


def _measured(running: list[Setup]) -> Cells:
    cells: Cells = {}
    for setup in running:
        warm(setup)
    for number in range(ROUNDS):
        for title, (measure, times) in CASES.items():
            if number >= times:
                continue
            for setup in running[number:] + running[:number]:  # each goes first in turn
                print(f"round {number + 1}: {title}, {setup.name}", file=sys.stderr)
                for name, figure in measure(setup).items():
                    cell = cells.setdefault((title, name), {})
                    cell.setdefault(setup.name, []).append(figure)
    return cells


def _of(cells: Cells, name: str) -> dict[str, list[float]]:
    """One setup's figures by measure."""
    return {
        measure: figures[name] for (_, measure), figures in cells.items() if name in figures
    }


def _text(names: list[str], cells: Cells, found: Mapping[str, str]) -> str:
    lines = [["", *names], ["---"] * (1 + len(names))]
    for title in CASES:
        lines.append([f"**{title}**", *([""] * len(names))])
        lines += [
            [measure, *(_shown(figures.get(name, [])) for name in names)]
            for (case, measure), figures in cells.items()
            if case == title
        ]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    counts = "".join(f"- {what}: {count}\n" for what, count in found.items())
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    note = NOTE.format(rounds=ROUNDS, cpus=os.cpu_count())
    one = f"Four relays, counted as one:\n\n{counts}"
    return f"# How the relay grows\n\n{system}\n\n{table}\n{note}\n{one}"


def _shown(values: list[float]) -> str:
    if not values:
        return ""
    middle = statistics.median(values)
    return f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.scaling", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="what runs the relays")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
