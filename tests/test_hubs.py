"""Many waits on one thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest

from utils import hubs
from utils.hubs import Hub


@pytest.fixture(scope="module", autouse=True)
def hub() -> Iterator[Hub]:
    yield HUB
    HUB.close()


HUB = Hub("tests")


def carried(function: Callable[[], Any]) -> Any:
    """What it returns, or raises, on a hub."""
    outcome: Queue[Any] = Queue()

    def run() -> None:
        try:
            outcome.put(function())
        except Exception as error:  # noqa: BLE001  # the test looks at it
            outcome.put(error)

    HUB.add(run)
    value = outcome.get(timeout=10)
    if isinstance(value, Exception):
        raise value
    return value


def here() -> int:
    return threading.get_ident()


def test_all_waits_are_on_one_thread_and_at_the_same_time() -> None:
    began: Queue[int] = Queue()
    go = threading.Event()

    def wait() -> None:
        began.put(here())
        while not hubs.happened(go, 5):
            pass
        began.put(here())

    for _ in range(50):
        HUB.add(wait)
    threads = {began.get(timeout=5) for _ in range(50)}
    go.set()
    threads |= {began.get(timeout=5) for _ in range(50)}
    assert threads == {carried(here)}
    assert here() not in threads


def test_a_socket_wakes_whoever_waits_for_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        speaker = threading.Timer(0.1, theirs.send, [b"x"])
        speaker.start()
        assert carried(lambda: hubs.readable(ours, 10)) is True
        speaker.join()


def test_nobody_waits_for_a_socket_longer_than_asked() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert carried(lambda: hubs.readable(ours, 0.05)) is False
        assert carried(lambda: hubs.writable(ours, 0.05)) is True
        theirs.close()
        assert carried(lambda: hubs.readable(ours, 10)) is True  # its end


def test_a_timer_that_is_out_of_date_wakes_nobody() -> None:
    ours, theirs = socket.socketpair()

    def twice() -> tuple[bool, float]:
        theirs.send(b"x")
        hubs.readable(ours, 0.1)  # at once
        began = time.monotonic()
        hubs.sleep(0.3)
        return ours.recv(1) == b"x", time.monotonic() - began

    with ours, theirs:
        woken, slept = carried(twice)
    assert woken
    assert slept >= 0.29


def test_what_blocks_is_done_elsewhere_and_holds_nobody_up() -> None:
    blocked = threading.Event()
    slow: Queue[int] = Queue()

    def block() -> int:
        blocked.wait(5)
        return here()

    HUB.add(lambda: slow.put(hubs.elsewhere(block)))
    assert carried(lambda: "others go on") == "others go on"
    blocked.set()
    assert slow.get(timeout=5) != carried(here)


def test_what_fails_elsewhere_fails_here() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        carried(lambda: hubs.elsewhere(fail))


def test_a_mistake_ends_nothing_but_itself(caplog: pytest.LogCaptureFixture) -> None:
    HUB.add(lambda: 1 / 0)
    assert carried(lambda: "still there") == "still there"
    assert "broke off" in caplog.text


def test_on_a_thread_the_same_questions_block() -> None:
    assert not hubs.is_carried()
    assert carried(hubs.is_carried) is True
    began = time.monotonic()
    hubs.sleep(0.05)
    assert time.monotonic() - began >= 0.05
    assert hubs.elsewhere(here) == here()
    done: Queue[int] = Queue()
    hubs.begin(lambda: done.put(here()))
    assert done.get(timeout=5) != here()


def test_what_waits_on_a_hub_that_is_closed_breaks_off_and_lets_go_of_what_it_holds() -> None:
    hub, began, over = Hub("closed"), threading.Event(), threading.Event()

    def wait() -> None:
        try:
            began.set()
            hubs.sleep(60)
        finally:
            over.set()

    hub.add(wait)
    assert began.wait(5)
    hub.close()
    assert over.is_set()


def test_a_hub_without_work_has_no_thread() -> None:
    before = threading.active_count()
    Hub("idle").close()
    assert threading.active_count() == before
