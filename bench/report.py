"""Rounds made into one table, for people and for programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.bars import Bar
from bench.cases import Case
from bench.figures import Figures
from bench.targets import DIRECT, RELAY

PLACE = Path(__file__).parent / "results"
NOTE = """\
Medians, with the smallest and the largest round in brackets; - is not measured, because it
failed or because so many streams need several times the CPU that one process gets. Bars are for
the relay. CPU is the answering process's own and its children's, from the kernel's accounting,
less what it uses when idle. In the direct column it is the upstream's, as a yardstick for the
machine; its rates are what the load generator and the upstream reach together. Each server is
one process, and shares the machine with both. The relay and nginx speak 1min.ai's own dialect
to the upstream, the gateways OpenAI's; only the relay counts tokens itself, limits its callers,
keeps a ledger and writes a log.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: each target's figure in every round; none where it was spared this case."""

    case: str
    measure: str
    bar: Bar | None = None
    values: dict[str, list[float]] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.bar is None or not self.values.get(RELAY):
            return None
        return self.bar.met(statistics.median(self.values[RELAY]))


def rows(rounds: Iterable[tuple[Case, Mapping[str, Figures]]]) -> list[Row]:
    made: dict[str, dict[str, Row]] = {}
    for case, by_target in rounds:
        told = made.setdefault(case.title, {})
        for target, figures in by_target.items():
            for measure, figure in figures.items():
                row = told.setdefault(measure, Row(case.title, measure, case.bars.get(measure)))
                row.values.setdefault(target, []).append(figure)
        spared = [target for target, figures in by_target.items() if not figures]
        for target in spared:
            for row in told.values():
                row.values.setdefault(target, [])
    return [row for told in made.values() for row in told.values()]


def text(about: dict[str, Any], table: Sequence[Row]) -> str:
    """Markdown that can be read as it is."""
    head = (
        f"{about['date']}; {about['system']}, {about['cpus']} CPUs; "
        f"{about['workers']} worker(s); {about['rounds']} round(s)\n\n"
        f"Relay: {_named(about['versions'])}. Beside it: {_named(about['others'])}.\n"
    )
    if about["missing"]:
        head += f"\nNot measured, because not installed: {', '.join(about['missing'])}.\n"
    head += "".join(f"\nFailed: {failure}\n" for failure in about["failures"])
    return f"# What the relay costs\n\n{head}\n{_bars(table)}{_grid(_cells(table))}\n{NOTE}"


def write(about: dict[str, Any], table: Sequence[Row]) -> None:
    PLACE.mkdir(exist_ok=True)
    (PLACE / "latest.md").write_text(text(about, table))
    told = {**about, "measures": [asdict(row) | {"met": row.met} for row in table]}
    (PLACE / "latest.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _named(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or "nothing"


def _bars(table: Sequence[Row]) -> str:
    judged = [row for row in table if row.met is not None]
    missed = [f"{row.case}: {row.measure}" for row in judged if not row.met]
    if not judged:
        return ""
    told = f"{len(judged) - len(missed)} of {len(judged)} bars are met."
    return f"{told} Missed: {'; '.join(missed)}.\n\n" if missed else f"{told}\n\n"


def _cells(table: Sequence[Row]) -> list[list[str]]:
    """A heading, then a line for each case and for each measure of it."""
    names = list(dict.fromkeys(name for row in table for name in row.values))
    names.sort(key=[RELAY, *(name for name in names if name != RELAY)].index)
    names.sort(key=lambda name: name == DIRECT)  # the yardstick stands last
    cells = [["", *names, "bar"]]
    for case, measures in groupby(table, lambda row: row.case):
        cells.append([f"**{case}**", *([""] * len(names)), ""])
        cells += [
            [row.measure, *(_cell(row, name) for name in names), _verdict(row)]
            for row in measures
        ]
    return cells


def _cell(row: Row, name: str) -> str:
    values = row.values.get(name)
    if values is None:
        return ""
    return _spread(values) if values else "-"


def _spread(values: list[float]) -> str:
    middle, least, most = map(_number, (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least}..{most})" if len(values) > 1 else middle


def _number(value: float) -> str:
    """Three digits, which is more than any of them deserves."""
    size = abs(value)
    if size >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def _verdict(row: Row) -> str:
    if row.met is None:
        return ""
    return f"{row.bar} {'met' if row.met else 'MISSED'}"


def _grid(cells: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = ["-" * width for width in widths]
    return "".join(_line(line, widths) for line in [cells[0], rule, *cells[1:]])


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |\n"
