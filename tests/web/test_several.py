"""Several answers to one chat, made at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from threading import Event as Flag

import pytest

from tests.eventual import eventually
from utils.domain.chat import Batches, Choice, Event, Finish, TextDelta
from utils.errors import UpstreamFailed
from utils.web.chat.choices import WAITING, several


def speaking(*words: str) -> Callable[[], Batches]:
    def ask() -> Batches:
        for word in words:
            yield [TextDelta(word)]
        yield [Finish()]

    return ask


def told(batches: Batches) -> dict[int, list[Event]]:
    """By choice."""
    heard: dict[int, list[Event]] = {}
    for batch in batches:
        if batch:
            choice, *events = batch
            assert isinstance(choice, Choice)
            heard.setdefault(choice.index, []).extend(events)
    return heard


def test_each_answer_is_whole_and_in_order() -> None:
    asks = [speaking(*f"{number} is {number}") for number in range(8)]
    assert told(several(asks)) == {
        number: [*map(TextDelta, f"{number} is {number}"), Finish()] for number in range(8)
    }


def test_the_quick_do_not_wait_for_the_slow() -> None:
    go = Flag()

    def slow() -> Batches:
        go.wait(5)
        yield [TextDelta("slow")]

    batches = several([slow, speaking("quick")])
    first = [next(batches), next(batches)]
    assert first == [[Choice(1), TextDelta("quick")], [Choice(1), Finish()]]
    go.set()
    assert told(batches) == {0: [TextDelta("slow")]}


def test_silence_is_told_so_that_a_client_that_left_is_noticed() -> None:
    go = Flag()

    def silent() -> Batches:
        go.wait(5)
        yield [Finish()]

    batches = several([silent, silent])
    assert list(next(batches)) == []
    go.set()
    batches.close()


class Endless:
    """It speaks until it is closed."""

    def __init__(self) -> None:
        self.said = 0
        self.closed = Flag()

    def __call__(self) -> Batches:
        try:
            while True:
                self.said += 1
                yield [TextDelta("a")]
        finally:
            self.closed.set()


def test_closing_ends_all() -> None:
    models = [Endless() for _ in range(4)]
    batches = several(models)
    next(batches)
    batches.close()
    assert all(model.closed.wait(5) for model in models)


def test_one_failure_ends_all() -> None:
    models = [Endless() for _ in range(3)]

    def failing() -> Batches:
        yield [TextDelta("b")]
        raise UpstreamFailed("broke")

    with pytest.raises(UpstreamFailed, match="broke"):
        told(several([*models, failing]))
    assert all(model.closed.wait(5) for model in models)


def test_a_mistake_of_ours_is_raised_too() -> None:
    def mistaken() -> Batches:
        yield []
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        told(several([speaking("a"), mistaken]))


def test_no_answer_runs_far_ahead_of_its_client() -> None:
    models = [Endless() for _ in range(4)]
    batches = several(models)
    next(batches)
    assert eventually(lambda: sum(model.said for model in models) >= WAITING)
    time.sleep(0.3)
    # What waits, what was read, and what each holds in its hands.
    assert sum(model.said for model in models) <= WAITING + 1 + len(models)
    batches.close()


def test_what_is_logged_bears_the_requests_id() -> None:
    request: ContextVar[str] = ContextVar("request")
    request.set("an-id")

    def asking() -> Batches:
        yield [TextDelta(request.get("none"))]

    assert told(several([asking, asking])) == {
        0: [TextDelta("an-id")],
        1: [TextDelta("an-id")],
    }
