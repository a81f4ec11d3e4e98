"""What is left of a hub, and of what it carried."""

from __future__ import annotations

import sys
import threading
import time
from queue import Queue
from typing import Any, cast
from weakref import ref

import pytest
from greenlet import getcurrent

from tests.hubs.running import here, running
from utils import hubs
from utils.loop import Carried as Call
from utils.loop import Hub, Wake


def test_what_waits_on_a_hub_that_is_closed_breaks_off_and_lets_go_of_what_it_holds() -> None:
    began, over = threading.Event(), threading.Event()

    def wait() -> None:
        try:
            began.set()
            hubs.sleep(60)
        finally:
            over.set()

    with running() as hub:
        hub.add(wait)
        assert began.wait(5)
    assert over.is_set()


def test_nobody_is_told_after_the_end() -> None:
    with running() as hub:
        pass
    hub.ring()
    hub.add(here)


def test_the_end_of_a_hubs_thread_disturbs_nothing_that_the_main_thread_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """greenlet tidies up in the main thread, where an import may be impossible just then."""
    unraised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraised.append)
    over: list[bool] = []
    kept: list[Hub] = []

    def live_and_end() -> None:
        for _ in range(5):
            with running() as hub:
                hub.add(lambda: None)
            kept.append(hub)
        over.append(True)

    thread = threading.Thread(target=live_and_end)
    thread.start()
    exec("while not over: pass", {"__builtins__": {}, "over": over})
    thread.join(5)
    assert not unraised


def test_a_wake_that_came_too_late_wakes_nobody_elses_call(hub: Hub) -> None:
    """A greenlet carries one call after another."""
    last: Queue[Call] = Queue()
    hub.add(lambda: last.put(cast(Call, getcurrent())))
    late = last.get(timeout=5)
    time.sleep(0.1)  # until its call is over
    hub.wake(Wake(late, late.wakes))
    time.sleep(0.1)
    began, told = threading.Event(), Queue[str]()

    def slow() -> None:
        began.set()
        hubs.sleep(0.1)
        told.put("slow")

    hub.add(slow)
    assert began.wait(5)
    hub.add(lambda: told.put("quick"))
    assert [told.get(timeout=5), told.get(timeout=5)] == ["quick", "slow"]


def test_a_call_that_is_over_holds_nothing(hub: Hub) -> None:
    class Request:
        def __call__(self) -> None:
            hubs.sleep(0.01)

    requests = [Request() for _ in range(10)]
    kept = [ref(request) for request in requests]
    while requests:
        hub.add(requests.pop())
    over: Queue[None] = Queue()

    def later() -> None:
        hubs.sleep(0.2)
        over.put(None)

    hub.add(later)
    over.get(timeout=5)
    assert not any(request() for request in kept)
