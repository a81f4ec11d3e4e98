"""A run as tables, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.soak.run import Run
from bench.soak.samples import Sample
from bench.soak.verdict import BAR, median, tenths

PLACE = Path(__file__).parent.parent / "results"
COLUMNS = {
    "rss": "RSS, KB",
    "pss": "PSS, KB",
    "descriptors": "descriptors",
    "threads": "threads",
    "cpu": "cores",
    "under_way": "under way",
}
NOTE = f"""\
Medians of what the kernel tells of the relay each 5 s. The first tenth warms it up; the last
one is judged by the second, and has to be less than {BAR:.0%} above it. Visits come by the
clock, whatever is answered; each answer is read, and one that is not right fails the run.
PSS is told, not judged: the relay has more of it when another program ends that shared some.
"At rest" is before the first visit and after the last.
"""


def text(about: dict[str, Any], run: Run) -> str:
    """Markdown that can be read as it is."""
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    capacity = run.capacity
    head = (
        f"{about['date']}; {about['system']}, {about['cpus']} CPUs; one process; memcached, "
        f"limits and ledger on\n\n{versions}\n\n"
        f"It can {capacity.json_calls:,.0f} JSON calls a second, with {capacity.cores:.2f} of "
        f"a core. A visit of this mix costs {capacity.price * 1e3:.2f} ms of CPU, so half is "
        f"{capacity.rate:.0f} visits a second: for {run.minutes:g} minutes, "
        f"{run.tally.visits:,} visits with {sum(run.tally.answers.values()):,} answers.\n"
    )
    tables = [_grid(_course(run)), _grid(_verdicts(run)), _grid(_visits(run))]
    wrong = "".join(f"- {line}\n" for line in run.tally.shown)
    return "\n".join([f"# A long soak\n\n{head}", *tables, *([wrong] if wrong else []), NOTE])


def write(about: dict[str, Any], run: Run) -> None:
    PLACE.mkdir(exist_ok=True)
    (PLACE / "soak.md").write_text(text(about, run))
    told = {
        **{name: about[name] for name in ("date", "system", "cpus", "versions")},
        "minutes": run.minutes,
        "capacity": asdict(run.capacity) | {"rate": run.capacity.rate},
        "met": run.met,
        "drifts": [asdict(drift) | {"met": drift.met} for drift in run.drifts],
        "wrong": [[*place, number] for place, number in run.tally.wrong.items()],
    }
    samples = ",\n".join(json.dumps(asdict(sample)) for sample in run.samples)
    body = json.dumps(told, indent=1, ensure_ascii=False).removesuffix("\n}")
    (PLACE / "soak.json").write_text(f'{body},\n "samples": [\n{samples}\n]\n}}\n')


def _course(run: Run) -> Iterator[Sequence[str]]:
    yield ["minutes", *COLUMNS.values()]
    yield ["at rest", *_figures([run.before])]
    for part in tenths(run.samples):
        yield [f"{part[0].second / 60:.1f} to {part[-1].second / 60:.1f}", *_figures(part)]
    yield ["at rest", *_figures([run.after])]


def _figures(samples: Sequence[Sample]) -> Iterator[str]:
    for measure in COLUMNS:
        yield f"{median(samples, measure):,.{2 if measure == 'cpu' else 0}f}"


def _verdicts(run: Run) -> Iterator[Sequence[str]]:
    yield ["", "second tenth", "last tenth", "change", f"bar {BAR:.0%}"]
    for drift in run.drifts:
        name, verdict = COLUMNS[drift.measure], "met" if drift.met else "MISSED"
        yield [
            name,
            f"{drift.before:,.0f}",
            f"{drift.after:,.0f}",
            f"{drift.change:+.1%}",
            verdict,
        ]
    wrong = sum(run.tally.wrong.values())
    yield ["wrong answers", "", f"{wrong:,}", "", "MISSED" if wrong else "met"]


def _visits(run: Run) -> Iterator[Sequence[str]]:
    yield ["visits", "answers by status", "wrong"]
    tally = run.tally
    for kind in dict.fromkeys(kind for kind, _ in tally.answers):
        answers = sorted((s, n) for (name, s), n in tally.answers.items() if name == kind)
        told = ", ".join(f"{status or 'none'}: {number:,}" for status, number in answers)
        wrong = [
            f"{n:,} times: {why}" for (name, why), n in tally.wrong.items() if name == kind
        ]
        yield [kind, told, "; ".join(wrong)]


def _grid(rows: Iterable[Sequence[str]]) -> str:
    first, *others = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(first, *others, strict=True)]
    lines = [first, ["-" * width for width in widths], *others]
    return "".join(f"| {' | '.join(map(str.ljust, line, widths))} |\n" for line in lines)
