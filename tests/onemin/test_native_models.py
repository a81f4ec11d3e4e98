"""Which models the native surface lists, remembered."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.clock import Clock
from tests.paying import own
from utils.errors import (
    Forbidden,
    NotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.onemin.native_models import FRESH, RETRY, NativeModels

KEY = "a-key"


class Surface:
    """What it does next: list these ids, or raise. The last one stays."""

    def __init__(self, *answers: list[str] | RelayError) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    def models(self, key: str) -> list[str]:
        self.keys.append(key)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, RelayError):
            raise answer
        return answer


def holds(models: NativeModels, model: str = "m", key: str = KEY) -> bool:
    waiting = models.hold(model, own(key))
    while True:
        try:
            assert next(waiting) == ()
        except StopIteration as end:
            return bool(end.value)


def test_a_model_is_held_when_it_is_listed() -> None:
    models = NativeModels(Surface(["m", "n"]).models)
    assert [holds(models, model) for model in ("m", "n", "o")] == [True, True, False]


def test_the_list_is_asked_for_with_the_callers_key_and_once() -> None:
    surface = Surface(["m"])
    models = NativeModels(surface.models)
    assert all(holds(models, key=key) for key in ("first", "second"))
    assert surface.keys == ["first"]


def test_the_list_is_asked_for_again_after_a_while() -> None:
    surface, clock = Surface(["m"], ["n"]), Clock()
    models = NativeModels(surface.models, clock)
    assert holds(models, "m")
    clock.now = FRESH - 1
    assert holds(models, "m")
    clock.now = FRESH
    assert not holds(models, "m")
    assert holds(models, "n")
    assert len(surface.keys) == 2


@pytest.mark.parametrize(
    "error", [UpstreamFailed("500"), UpstreamTimeout("late"), NotFound("no surface")]
)
def test_a_failure_lists_nothing_for_a_moment(error: RelayError) -> None:
    surface, clock = Surface(error, ["m"]), Clock()
    models = NativeModels(surface.models, clock)
    assert not holds(models)
    assert not holds(models)
    assert len(surface.keys) == 1
    clock.now = RETRY
    assert holds(models)


@pytest.mark.parametrize(
    "error", [Unauthorized("k"), Forbidden("k"), OutOfCredit("k"), RateLimited("k")]
)
def test_what_a_key_is_refused_says_nothing_of_the_next_key(error: RelayError) -> None:
    models = NativeModels(Surface(error, ["m"]).models)
    assert not holds(models, key="bad")
    assert holds(models, key="good")


def test_a_list_that_is_too_old_and_cannot_be_renewed_lists_nothing() -> None:
    surface, clock = Surface(["m"], Unauthorized("k")), Clock()
    models = NativeModels(surface.models, clock)
    assert holds(models)
    clock.now = FRESH
    assert not holds(models)


def together(number: int, ask: Callable[[int], bool]) -> list[bool]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(ask, range(number)))


def test_many_at_once_ask_once() -> None:
    keys: list[str] = []

    def fetch(key: str) -> list[str]:
        keys.append(key)
        time.sleep(0.2)
        return ["m"]

    models = NativeModels(fetch)
    assert all(together(16, lambda at: holds(models)))
    assert len(keys) == 1


def test_a_good_key_that_waited_for_a_bad_one_is_asked_itself() -> None:
    begun, go = Event(), Event()

    def fetch(key: str) -> list[str]:
        if key == "bad":
            begun.set()
            go.wait(5)
            raise Unauthorized("k")
        return ["m"]

    models = NativeModels(fetch)
    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(holds, models, "m", "bad")
        assert begun.wait(5)
        good = models.hold("m", own("good"))
        assert next(good) == ()
        go.set()
        assert pool.submit(list, good).result(5) is not None
        bad.result(5)  # what it is told depends on whether the good list came sooner
    assert holds(models)


def test_waiting_can_be_left_at_any_moment() -> None:
    go = Event()

    def fetch(key: str) -> list[str]:
        go.wait(5)
        return ["m"]

    models = NativeModels(fetch)
    waiting = models.hold("m", own(KEY))
    assert next(waiting) == ()
    waiting.close()
    go.set()
    assert holds(models)
