"""What the benchmark makes of its rounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import report
from bench.cases import Case

ROOT = Path(__file__).parent.parent.parent
CASE = Case("json", "JSON", lambda targets: {}, {"CPU": 100})


def table(*figures: float) -> list[report.Row]:
    return report.rows(
        (CASE, {"direct": {"CPU": 1.0}, "relay": {"CPU": figure}}) for figure in figures
    )


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
    about = {"date": "", "system": "", "cpus": 2, "workers": 1, "rounds": 3, "versions": {}}
    lines = report.text(about, table(123456.0, 99.94, 9.994)).splitlines()
    [line] = [line for line in lines if line.startswith("| CPU")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["CPU", "99.9 (9.99..123,000)", "1.00 (1.00..1.00)", "≤ 100 met"]


@pytest.mark.long
def test_the_benchmark_runs() -> None:
    command = [sys.executable, "-m", "bench", "--only", "first-byte", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "added, median, ms" in done.stdout
