"""Properties, tried with few examples in every run, and with many in a long one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW, MANY = 25, 600
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

Test = Callable[[int], None]


def tried(holds: Callable[..., None], examples: int, *drawn: st.SearchStrategy[Any]) -> None:
    """A few examples are the same each time; of many, a failure tells how to see it again."""
    chosen = settings(
        max_examples=examples,
        derandomize=examples == FEW,
        deadline=None,
        database=None,
        suppress_health_check=SLOW,
    )
    chosen(given(*drawn)(holds))()


def fuzzed(*drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Test]:
    """In the place of `given`, for what needs no fixtures."""

    def decorate(holds: Callable[..., None]) -> Test:
        @pytest.mark.fault(105)
        @pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
        def test(examples: int) -> None:
            tried(holds, examples, *drawn)

        return test

    return decorate
