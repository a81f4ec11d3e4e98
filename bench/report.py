"""Rounds made into one table, for people and for programs."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.cases import Case
from bench.errors import Failed
from bench.measures import Figures
from bench.targets import DIRECT

PLACE = Path(__file__).parent / "results"
JUDGED = "relay"  # whose figures the bars are for
PACKAGES = (
    "flask",
    "flask-cors",
    "flask-limiter",
    "limits",
    "orjson",
    "pydantic",
    "tiktoken",
    "urllib3",
    "waitress",
    "werkzeug",
)
ASK_VERSIONS = """
import importlib.metadata, json, platform, sys
print(json.dumps({"Python": platform.python_version()} | {
    name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""
NOTE = """\
Medians, with the smallest and the largest round in brackets. CPU is the answering process's
own, from the kernel's accounting, less what it uses when idle: the relay's, and in the direct
column the simulator's, as a yardstick for the machine.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: each target's figure in every round. Not above the bar is good."""

    case: str
    measure: str
    bar: float | None = None
    values: dict[str, list[float]] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.bar is None or JUDGED not in self.values:
            return None
        return statistics.median(self.values[JUDGED]) <= self.bar


def rows(rounds: Iterable[tuple[Case, dict[str, Figures]]]) -> list[Row]:
    made: dict[tuple[str, str], Row] = {}
    for case, by_target in rounds:
        for target, figures in by_target.items():
            for measure, figure in figures.items():
                place = (case.title, measure)
                row = made.setdefault(place, Row(*place, case.bars.get(measure)))
                row.values.setdefault(target, []).append(figure)
    return list(made.values())


def surroundings(python: str, workers: int, rounds: int) -> dict[str, Any]:
    """What the figures depend on, and no name of this machine or its folders."""
    try:
        versions = subprocess.run(
            [python, "-c", ASK_VERSIONS, *PACKAGES], capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"{python} cannot run the relay: {error}") from error
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "workers": workers,
        "rounds": rounds,
        "versions": json.loads(versions.stdout),
    }


def text(about: dict[str, Any], table: Sequence[Row]) -> str:
    """Markdown that can be read as it is."""
    named = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    head = (
        f"{about['date']}; {about['system']}, {about['cpus']} CPUs; "
        f"{about['workers']} worker(s); {about['rounds']} round(s)\n\n{named}\n"
    )
    return f"# What the relay costs\n\n{head}\n{_grid(_cells(table))}\n{NOTE}"


def write(about: dict[str, Any], table: Sequence[Row]) -> None:
    PLACE.mkdir(exist_ok=True)
    (PLACE / "latest.md").write_text(text(about, table))
    told = {**about, "measures": [asdict(row) | {"met": row.met} for row in table]}
    (PLACE / "latest.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _cells(table: Sequence[Row]) -> list[list[str]]:
    """A heading, then a line for each case and for each measure of it."""
    names = list(dict.fromkeys(name for row in table for name in row.values))
    names.sort(key=lambda name: name == DIRECT)  # the yardstick stands last
    cells = [["", *names, "bar"]]
    for case, measures in groupby(table, lambda row: row.case):
        cells.append([f"**{case}**", *([""] * len(names)), ""])
        cells += [
            [row.measure, *(_spread(row.values.get(name, [])) for name in names), _verdict(row)]
            for row in measures
        ]
    return cells


def _spread(values: list[float]) -> str:
    if not values:
        return ""
    middle, least, most = map(_number, (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least}..{most})"


def _number(value: float) -> str:
    """Three digits, which is more than any of them deserves."""
    size = abs(value)
    if size >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def _verdict(row: Row) -> str:
    if row.bar is None:
        return ""
    return f"≤ {row.bar:,g} {'met' if row.met else 'MISSED'}"


def _grid(cells: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = ["-" * width for width in widths]
    return "".join(_line(line, widths) for line in [cells[0], rule, *cells[1:]])


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |\n"
