"""One picture: the CPU that each server takes for the same work."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from bench.report import PLACE, Row
from bench.targets import DIRECT

LEFT, WIDTH, LINE, TOP = 470, 560, 22, 70  # pixels
COLOURS = ("#e8590c", "#1c7ed6", "#2f9e44", "#ae3ec9", "#c29d0b", "#868e96")
STYLE = """
svg { background: #fff } text { font: 13px sans-serif; fill: #212529 } line { stroke: #ced4da }
@media (prefers-color-scheme: dark) {
svg { background: #1a1b1e } text { fill: #e9ecef } line { stroke: #495057 } }
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """Powers of ten, evenly spaced."""

    low: int
    high: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Scale:
        return cls(floor(log10(min(values))), ceil(log10(max(values))))

    def x(self, value: float) -> float:
        return LEFT + WIDTH * (log10(value) - self.low) / max(1, self.high - self.low)


def write(table: Sequence[Row]) -> None:
    (PLACE / "latest.svg").write_text(picture(table))


def picture(table: Sequence[Row]) -> str:
    """A line for each cost that can be compared; on it a dot for each server's median, and its
    spread.
    """
    shown = [(f"{row.case}: {row.measure}", dots) for row in table if (dots := _dots(row))]
    values = [value for _, dots in shown for told in dots.values() for value in told]
    names = dict.fromkeys(name for _, dots in shown for name in dots)
    colours = dict(zip(names, COLOURS, strict=False))
    scale, height = Scale.of(values or [1, 10]), TOP + LINE * len(shown)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 40}" '
        f'height="{height}"><style>{STYLE}</style>',
        *_legend(colours),
        *_axis(scale, height),
        *(mark for at, line in enumerate(shown) for mark in _line(at, *line, colours, scale)),
        "</svg>",
    ]
    return "\n".join(drawn) + "\n"


def _dots(row: Row) -> dict[str, list[float]]:
    """Nothing if there is nobody to compare with; the direct call is only a yardstick."""
    if not (row.measure.startswith("CPU") and row.measure.endswith(", µs")):
        return {}
    dots = {
        name: values
        for name, values in row.values.items()
        if name != DIRECT and values and min(values) > 0
    }
    return dots if len(dots) > 1 else {}


def _legend(colours: Mapping[str, str]) -> Iterator[str]:
    yield '<text x="16" y="24">CPU of the server itself, in microseconds</text>'
    for index, (name, colour) in enumerate(colours.items()):
        x = LEFT + 90 * index
        yield f'<circle cx="{x}" cy="20" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 10}" y="24">{escape(name)}</text>'


def _axis(scale: Scale, height: int) -> Iterator[str]:
    for power in range(scale.low, scale.high + 1):
        x = scale.x(10**power)
        yield f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 16}" y2="{height - 8}"/>'
        yield f'<text x="{x:.0f}" y="{TOP - 22}" text-anchor="middle">{10**power:,g}</text>'


def _line(
    at: int,
    label: str,
    dots: Mapping[str, list[float]],
    colours: Mapping[str, str],
    scale: Scale,
) -> Iterator[str]:
    y = TOP + LINE * at
    label = label.removesuffix(", µs")
    yield f'<text x="{LEFT - 16}" y="{y + 4}" text-anchor="end">{escape(label)}</text>'
    for name, values in dots.items():
        low, mid, high = map(scale.x, (min(values), statistics.median(values), max(values)))
        colour = f'stroke="{colours[name]}" fill="{colours[name]}"'
        yield f'<path d="M{low:.1f} {y}H{high:.1f}" stroke-width="3" {colour}/>'
        yield f'<circle cx="{mid:.1f}" cy="{y}" r="5" {colour}/>'
