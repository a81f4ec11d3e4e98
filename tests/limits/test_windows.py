from __future__ import annotations

import pytest

from utils.domain.windows import Use, Window

START = 1_800_000_000 - 1_800_000_000 % 60  # of a minute


def window(before: int, now: int, age: float, *, limit: int = 100, amount: int = 1) -> Window:
    return Window(Use("tokens", "somebody", limit, amount), before, now, START + age)


@pytest.mark.parametrize(
    ("counted", "remaining", "reset"),
    [
        (window(0, 0, 10), 100, 0),
        (window(0, 30, 10), 70, 110),
        (window(60, 0, 0), 40, 60),
        (window(60, 0, 30), 70, 30),
        (window(60, 30, 30), 40, 90),
        (window(61, 0, 30), 70, 30),  # halves are rounded down
        (window(0, 250, 10), 0, 110),  # what an answer took may be more than the limit
    ],
)
def test_the_minute_before_counts_for_the_part_of_it_that_is_less_than_a_minute_ago(
    counted: Window, remaining: int, reset: float
) -> None:
    assert (counted.remaining, counted.reset) == (remaining, reset)


@pytest.mark.parametrize("amount", [1, 10, 99, 100])
@pytest.mark.parametrize(
    ("before", "now", "age"),
    [(0, 100, 0), (0, 100, 59), (100, 0, 0), (100, 50, 20), (50, 100, 30), (0, 399, 7)],
)
def test_a_use_fits_after_its_wait_and_not_a_second_sooner(
    before: int, now: int, age: float, amount: int
) -> None:
    wait = int(window(before, now, age, amount=amount).wait) + 1
    assert used(before, now, age + wait) + amount <= 100
    if wait > 1:
        assert used(before, now, age + wait - 1.01) + amount > 100


def used(before: int, now: int, age: float) -> int:
    """When nothing came to it since."""
    later = (before, now) if age < 60 else (now, 0) if age < 120 else (0, 0)
    return window(*later, age % 60).used
