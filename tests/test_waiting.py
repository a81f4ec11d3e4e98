from __future__ import annotations

from collections.abc import Generator
from threading import Event

import pytest

from tests.onemin.attaching import returned
from utils.errors import NotFound
from utils.waiting import settled, together


def waiting_for(event: Event, result: str) -> Generator[None, None, str]:
    while not event.wait(0.01):
        yield
    return result


def broken() -> Generator[None, None, str]:
    yield
    raise ZeroDivisionError


def test_results_come_in_the_order_of_their_waits() -> None:
    first, second = Event(), Event()
    waiting = together([waiting_for(first, "a"), waiting_for(second, "b")], 2)
    next(waiting)
    second.set()
    next(waiting)
    first.set()
    assert returned(waiting) == ["a", "b"]


def test_those_beyond_the_most_wait_for_their_turn() -> None:
    opened = Event()
    opened.set()
    waits = [waiting_for(opened, str(number)) for number in range(50)]
    assert returned(together(waits, 3)) == [str(number) for number in range(50)]


def test_nothing_to_wait_for_is_no_wait() -> None:
    assert returned(together([], 5)) == []


def test_a_bug_is_raised_too() -> None:
    with pytest.raises(ZeroDivisionError):
        returned(together([waiting_for(Event(), "a"), broken()], 2))


def test_closing_it_ends_the_waits() -> None:
    ended = Event()

    def watched() -> Generator[None, None, str]:
        try:
            yield from waiting_for(Event(), "a")
        finally:
            ended.set()
        return "b"

    waiting = together([watched()], 1)
    next(waiting)
    waiting.close()
    assert ended.wait(5)


def test_what_is_under_way_beside_a_failure_comes_to_its_end() -> None:
    """And nothing more is begun."""
    beside, failing, begun = Event(), Event(), list[int]()

    def counted(number: int) -> Generator[None, None, str]:
        begun.append(number)
        if number == 0:
            yield from waiting_for(beside, "")
            failing.set()
            raise NotFound("no")
        beside.set()
        yield from waiting_for(failing, "")
        Event().wait(0.1)  # by now it has failed
        return str(number)

    outcomes = returned(settled([counted(number) for number in range(10)], 2))
    assert isinstance(outcomes[0], NotFound)
    assert outcomes[1] == "1"
    assert begun == [0, 1]
