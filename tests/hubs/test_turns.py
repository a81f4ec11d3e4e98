"""Who has its turn on a hub, and when."""

from __future__ import annotations

import socket
import threading
import time
from functools import partial
from queue import Queue
from typing import cast

import pytest
from greenlet import getcurrent

from tests.hubs.running import Carried, here
from utils import hubs
from utils.loop import TOLD, Hub, Wake
from utils.loop import Carried as Call


def test_all_waits_are_on_one_thread_and_at_the_same_time(hub: Hub, carried: Carried) -> None:
    began: Queue[int] = Queue()
    go = hubs.Event()

    def wait() -> None:
        began.put(here())
        while not go.wait(5):
            pass
        began.put(here())

    for _ in range(50):
        hub.add(wait)
    threads = {began.get(timeout=5) for _ in range(50)}
    go.set()
    threads |= {began.get(timeout=5) for _ in range(50)}
    assert threads == {carried(here)}
    assert here() not in threads


def test_a_timer_that_is_out_of_date_wakes_nobody(carried: Carried) -> None:
    ours, theirs = socket.socketpair()

    def twice() -> tuple[bool, float]:
        theirs.send(b"x")
        came = hubs.receive(ours, 1, 0.1)  # at once
        began = time.monotonic()
        hubs.sleep(0.3)
        return came == b"x", time.monotonic() - began

    with ours, theirs:
        woken, slept = carried(twice)
    assert woken
    assert slept >= 0.29


def test_what_is_new_waits_for_few_others_only() -> None:
    hub, order = Hub(), list[str]()
    pairs = [socket.socketpair() for _ in range(4 * TOLD)]

    def wait(sock: socket.socket) -> None:
        hubs.receive(sock, 1, 5)
        if not order:
            hub.add(partial(order.append, "new"))
        order.append("other")

    for ours, _ in pairs:
        hub.add(partial(wait, ours))
    hub.turn(0)
    for _, theirs in pairs:
        theirs.send(b".")
    while len(order) <= len(pairs):
        hub.turn(1)
    assert order.index("new") <= TOLD
    for ours, theirs in pairs:
        ours.close()
        theirs.close()
    hub.close()


def test_what_blocks_is_done_elsewhere_and_holds_nobody_up(hub: Hub, carried: Carried) -> None:
    blocked = threading.Event()
    slow: Queue[int] = Queue()

    def block() -> int:
        blocked.wait(5)
        return here()

    hub.add(lambda: slow.put(hubs.elsewhere(block)))
    assert carried(lambda: "others go on") == "others go on"
    assert carried(lambda: hubs.elsewhere(here)) != carried(here)
    blocked.set()
    assert slow.get(timeout=5) != carried(here)


def test_what_wakes_too_late_loses_nothing_that_is_done_elsewhere(carried: Carried) -> None:
    def block() -> str:
        time.sleep(0.1)
        return "done"

    def late() -> str:
        me = cast(Call, getcurrent())
        me.hub.wake(Wake(me, me.wakes))  # as of an event that is set as its wait ends
        return hubs.elsewhere(block)

    assert carried(late) == "done"


def test_what_fails_elsewhere_fails_here(carried: Carried) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        carried(lambda: hubs.elsewhere(fail))


def test_a_mistake_ends_nothing_but_itself(
    hub: Hub, carried: Carried, caplog: pytest.LogCaptureFixture
) -> None:
    hub.add(lambda: 1 / 0)
    assert carried(lambda: "still there") == "still there"
    assert "broke off" in caplog.text


def test_on_a_thread_the_same_questions_block(carried: Carried) -> None:
    assert not hubs.is_carried()
    assert carried(hubs.is_carried) is True
    began = time.monotonic()
    hubs.sleep(0.05)
    assert not hubs.Event().wait(0.05)
    assert time.monotonic() - began >= 0.1
    assert hubs.elsewhere(here) == here()
    done: Queue[int] = Queue()
    hubs.begin(lambda: done.put(here()))
    assert done.get(timeout=5) != here()


def test_a_lock_is_held_while_its_holder_waits(hub: Hub) -> None:
    lock, inside, most = hubs.Lock(), [0], [0]
    done: Queue[None] = Queue()

    def work() -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            hubs.sleep(0.01)
            inside[0] -= 1
        done.put(None)

    for _ in range(3):
        hub.add(work)
        threading.Thread(target=work).start()
    for _ in range(6):
        done.get(timeout=5)
    assert most == [1]
