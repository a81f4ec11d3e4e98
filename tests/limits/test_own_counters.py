from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import MemoryStorage

from utils.domain.windows import Use
from utils.web.services.own_counters import OwnCounters, swept


@pytest.fixture
def _switching() -> Iterator[None]:
    """From thread to thread, all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_switching")
def test_threads_at_once_are_granted_what_fits_and_no_more() -> None:
    counters, threads, callers = OwnCounters(), 8, [str(number) for number in range(300)]
    begin = threading.Barrier(threads)

    def taken(_: int) -> list[int]:
        granted = []
        for caller in callers:
            begin.wait()
            use = Use("requests", caller, 10, 1)
            granted.append(sum(counters.take([use])[0].granted for _ in range(4)))
        return granted

    with ThreadPoolExecutor(threads) as pool:
        by_thread = list(pool.map(taken, range(threads)))
    assert {sum(granted) for granted in zip(*by_thread, strict=True)} == {10}


def test_counting_starts_no_threads_and_forgets_old_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utils.web.services.own_counters.SWEEP", 0)
    memory = swept(MemoryStorage())
    memory.timer.join()
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    for name in ("old", "older"):
        memory.incr(name, expiry=-1)
    memory.incr("new", expiry=60)
    assert not started
    assert list(memory.storage) == ["new"]


@pytest.mark.fault(78)
def test_more_callers_than_there_is_room_for_push_out_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utils.web.services.own_counters.MOST", 3)
    memory = swept(MemoryStorage())
    for number in range(9):
        memory.incr(str(number), expiry=60)
    assert list(memory.storage) == list(memory.expirations) == ["5", "6", "7", "8"]
