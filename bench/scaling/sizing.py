"""What one core and some memory are good for, told in docs/sizing.md."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.targets import ROOT

PLACE = ROOT / "docs" / "sizing.md"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.DOTALL)
WHATS = ("a request", "an event")
EVENTS = 50  # a second, of a stream that has one each 20 ms
HEAD = "| one core of the machine that was measured | |\n| --- | --- |\n"
SOURCE = (
    "\nMeasured by `python -m bench.scaling`: [all its figures](../bench/results/scaling.md).\n"
)

One = Mapping[str, Sequence[float]]  # by measure, of one process


def tell(one: One, nginx: One, place: Path = PLACE) -> None:
    """Two digits: more would promise too much."""
    call, event = (statistics.median(one[f"CPU {what}, µs"]) for what in WHATS)
    lines = {
        "requests a second": 1e6 / call,
        f"streams of {EVENTS} events a second": 1e6 / event / EVENTS,
        "memory of a process, MB": statistics.median(one["PSS of a process, MB"]),
        "CPU of nginx in front, of the relays' own, %": 100
        * statistics.median(nginx["CPU of nginx a request, µs"])
        / call,
    }
    table = "".join(f"| {name} | {_rounded(figure):,g} |\n" for name, figure in lines.items())
    text = place.read_text()
    place.write_text(FIGURES.sub(lambda _: HEAD + table + SOURCE, text))


def _rounded(figure: float) -> float:
    return float(f"{figure:.2g}")
