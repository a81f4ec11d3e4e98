"""Bytes and texts in pieces, as networks and models cut them: anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import AnyStr

from hypothesis import strategies as st

PLACES = st.lists(st.integers(0, 10_000), max_size=12)


def cuts(whole: AnyStr) -> Iterator[list[AnyStr]]:
    """In one piece, in two at every place, and in pieces of 1 to 7."""
    yield [whole]
    for at in range(1, len(whole)):
        yield [whole[:at], whole[at:]]
    for size in range(1, 8):
        yield pieces(whole, size)


def pieces(whole: AnyStr, size: int) -> list[AnyStr]:
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def cut_at(whole: AnyStr, places: Iterable[int]) -> list[AnyStr]:
    """Cut at `places`, wherever they fall in `whole`."""
    ends: list[int] = sorted(place % (len(whole) + 1) for place in places)
    return [whole[start:end] for start, end in pairwise([0, *ends, len(whole)])]
