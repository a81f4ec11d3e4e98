"""What the benchmark makes of its rounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import report
from bench.bars import Bar
from bench.cases import Case

ROOT = Path(__file__).parent.parent.parent
CASE = Case("json", "JSON", lambda targets: {}, {"CPU": Bar(100)})
OTHER = Case("other", "other", lambda targets: {})
NOTHING: dict[str, object] = {"versions": {}, "others": {}, "missing": [], "failures": []}
ABOUT = {"date": "", "system": "", "cpus": 2, "workers": 1, "rounds": 3, **NOTHING}


def table(*figures: float) -> list[report.Row]:
    return report.rows(
        (CASE, {"direct": {"CPU": 1.0}, "relay": {"CPU": figure}}) for figure in figures
    )


def cells(made: list[report.Row], case: str = "JSON") -> list[str]:
    """The line of the only measure of a case."""
    lines = report.text(ABOUT, made).splitlines()
    [at] = [at for at, line in enumerate(lines) if line.startswith(f"| **{case}**")]
    return [cell.strip() for cell in lines[at + 1].strip("|").split("|")]


@pytest.mark.parametrize(
    ("figures", "met"), [((90, 100, 200), True), ((90, 101, 102), False)], ids=["met", "missed"]
)
def test_the_median_round_is_judged(figures: tuple[float, ...], met: bool) -> None:
    [row] = table(*figures)
    assert row.met is met


def test_a_measure_without_a_bar_is_not_judged() -> None:
    [row] = report.rows([(CASE, {"relay": {"events/s": 1.0}})])
    assert row.met is None


def test_the_table_tells_medians_spread_and_verdict() -> None:
    assert cells(table(123456.0, 99.94, 9.994)) == [
        "CPU",
        "99.9 (9.99..123,000)",
        "1.00 (1.00..1.00)",
        "≤ 100 met",
    ]


def test_who_was_spared_a_case_is_told_apart_from_who_has_no_part_in_it() -> None:
    made = [*table(1), *report.rows([(OTHER, {"nginx": {}, "relay": {"CPU": 2.0}})])]
    assert cells(made[:1]) == ["CPU", "1.00", "1.00", "≤ 100 met"]
    assert cells(made, "other") == ["CPU", "2.00", "-", "", ""]


def test_the_missed_bars_and_the_missing_gateways_are_named_first() -> None:
    about = {**ABOUT, "missing": ["mlflow", "nginx"], "failures": ["litellm, JSON: a 500"]}
    told = report.text(about, table(101))
    assert "Failed: litellm, JSON: a 500" in told
    assert "0 of 1 bars are met. Missed: JSON: CPU." in told
    assert "Not measured, because not installed: mlflow, nginx." in told


@pytest.mark.long
def test_the_benchmark_runs() -> None:
    command = [
        sys.executable,
        "-m",
        "bench",
        "--only",
        "first-byte",
        "--rounds",
        "1",
        "--beside",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "added, median, ms" in done.stdout
