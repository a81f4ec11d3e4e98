"""The page on sizing is filled in by the program that measures."""

from __future__ import annotations

from pathlib import Path

from bench.scaling.sizing import PLACE, tell

ONE = {
    "CPU a request, µs": [900.0, 1000.0, 1200.0],
    "CPU an event, µs": [20.0],
    "PSS of a process, MB": [151.0],
}


def test_figures_follow_from_the_medians_and_stand_where_they_belong(tmp_path: Path) -> None:
    page = tmp_path / "sizing.md"
    page.write_text(PLACE.read_text())
    for _ in range(2):
        tell(ONE, {"CPU of nginx a request, µs": [50.0]}, page)
    before, told = page.read_text().split("<!-- figures -->")
    told, after = told.split("<!-- /figures -->")
    assert "| requests a second | 1,000 |" in told
    assert "| streams of 50 events a second | 1,000 |" in told
    assert "| memory of a process, MB | 150 |" in told
    assert "| CPU of nginx in front, of the relays' own, % | 5 |" in told
    assert PLACE.read_text().startswith(before)
    assert PLACE.read_text().endswith(after)
