"""Many waits on one thread."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import Queue
from typing import Any, cast
from weakref import ref

import pytest
from greenlet import getcurrent

from utils import hubs
from utils.loop import TOLD, Hub, Wake
from utils.loop import Carried as Call

Carried = Callable[[Callable[[], Any]], Any]


@contextmanager
def running() -> Iterator[Hub]:
    """A hub, and a thread that takes its turns."""
    hub, over = Hub(), threading.Event()

    def run() -> None:
        while not over.is_set():
            hub.turn(0.25)
        hub.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield hub
    over.set()
    hub.ring()
    thread.join(5)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running() as hub:
        yield hub


@pytest.fixture
def carried(hub: Hub) -> Callable[[Callable[[], Any]], Any]:
    """What a function returns, or raises, on the hub."""
    return partial(_carried, hub)


def _carried(hub: Hub, function: Callable[[], Any]) -> Any:
    outcome: Queue[Any] = Queue()

    def run() -> None:
        try:
            outcome.put(function())
        except Exception as error:  # noqa: BLE001  # the test looks at it
            outcome.put(error)

    hub.add(run)
    value = outcome.get(timeout=10)
    if isinstance(value, Exception):
        raise value
    return value


def here() -> int:
    return threading.get_ident()


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


def test_what_comes_on_a_socket_wakes_whoever_waits_for_it(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        speaker = threading.Timer(0.1, theirs.send, [b"x"])
        speaker.start()
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"
        speaker.join()


def test_what_came_before_anybody_waited_is_not_missed(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"abc")
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"ab"
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"c"
        theirs.send(b"d")
        theirs.close()
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b"d"
        assert carried(lambda: hubs.receive(ours, 2, 10)) == b""


def test_an_end_that_comes_with_the_last_words_is_not_missed(carried: Carried) -> None:
    ours, theirs = socket.socketpair()

    def last() -> None:
        theirs.send(b"x")
        theirs.close()

    with ours, theirs:
        with pytest.raises(TimeoutError):
            carried(lambda: hubs.receive(ours, 10, 0.01))
        carried(last)  # in one turn: one event tells of both
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"
        assert carried(lambda: hubs.receive(ours, 10, 10)) == b""


def test_a_socket_is_quiet_while_there_is_nothing_to_read_and_nobody_has_left() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        assert hubs.is_quiet(ours)
        theirs.send(b"x")
        assert not hubs.is_quiet(ours)
        assert ours.recv(10) == b"x"
        theirs.close()
        assert not hubs.is_quiet(ours)
    assert not hubs.is_quiet(ours)


def test_nobody_waits_for_a_socket_longer_than_asked(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(TimeoutError):
            carried(lambda: hubs.receive(ours, 10, 0.05))
        with pytest.raises(TimeoutError):
            hubs.receive(ours, 10, 0.05)


def test_whoever_sends_more_than_is_read_waits_until_it_is(carried: Carried) -> None:
    ours, theirs = socket.socketpair()
    much = memoryview(bytes(2**22))

    def say() -> int:
        said = 0
        while said < len(much):
            said += hubs.send(ours, much[said:], 10)
        return said

    def say_on() -> None:
        while True:
            hubs.send(ours, much, 0.05)

    heard: list[int] = []

    def hear() -> None:
        while sum(heard) < len(much):
            heard.append(len(theirs.recv(2**20)))

    with ours, theirs:
        listener = threading.Timer(0.1, hear)
        listener.start()
        assert carried(say) == len(much)
        listener.join()
        with pytest.raises(TimeoutError):
            carried(say_on)


def test_whoever_sends_though_it_has_to_read_first_waits_for_that(carried: Carried) -> None:
    tries = []

    class Renegotiating(socket.socket):
        def send(self, *_: object) -> int:
            tries.append(self)
            raise ssl.SSLWantReadError

    ours, theirs = socket.socketpair()
    with theirs, Renegotiating(fileno=ours.detach()) as sock:
        with pytest.raises(TimeoutError):
            carried(partial(hubs.send, sock, memoryview(b"."), 0.2))
        assert len(tries) < 9


def test_a_socket_with_the_number_of_a_closed_one_is_another_one(carried: Carried) -> None:
    for _ in range(3):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.send(b"x")
            assert carried(lambda: hubs.receive(ours, 10, 10)) == b"x"  # noqa: B023
            with pytest.raises(TimeoutError):
                carried(lambda: hubs.receive(ours, 10, 0.01))  # noqa: B023


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
