"""The benchmark's picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from bench.plot import Scale, picture
from bench.report import Row

NAME = "{http://www.w3.org/2000/svg}"


def row(measure: str = "CPU a request, µs", **values: list[float]) -> Row:
    return Row("JSON & more", measure, values=values)


def drawn(*rows: Row) -> tuple[list[str], list[float]]:
    """The words in it, and where its dots are, without the legend's."""
    root = ElementTree.fromstring(picture(rows))
    dots = root.findall(f"{NAME}circle")
    words = [text.text or "" for text in root.findall(f"{NAME}text")]
    return words, [float(dot.attrib["cx"]) for dot in dots if dot.attrib["cy"] != "20"]


def test_a_server_is_a_dot_at_its_median() -> None:
    words, dots = drawn(row(relay=[90, 100, 200], nginx=[10, 10, 10]))
    scale = Scale.of([10, 200])
    assert dots == [round(scale.x(100), 1), round(scale.x(10), 1)]
    assert {"relay", "nginx", "JSON & more: CPU a request"} <= set(words)


def test_powers_of_ten_are_evenly_spaced() -> None:
    scale = Scale.of([0.5, 700])
    assert (scale.low, scale.high) == (-1, 3)
    assert scale.x(10) - scale.x(1) == scale.x(100) - scale.x(10)


def test_what_compares_nothing_is_left_out() -> None:
    alone = row(relay=[1], direct=[1])
    other_unit = row("requests/s", relay=[1], nginx=[2])
    spared = row(relay=[1], litellm=[])
    assert drawn(alone, other_unit, spared)[1] == []


def test_it_is_readable_in_the_dark() -> None:
    assert re.search(r"prefers-color-scheme: dark", picture([]))
