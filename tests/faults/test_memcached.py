"""A Memcached that is not well. Absent, killed, paused and back: tests/limits."""

from __future__ import annotations

import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from pymemcache import Client
from pymemcache.exceptions import MemcacheServerError

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.faults.strange_memcached import strange
from tests.limits.calling import place, statuses, vouched
from tests.memcached import Memcached
from tests.serving import ThreadedRelay, process

pytestmark = pytest.mark.fault(91)

MAD = {
    "nonsense": b"\xff\xfe what?\r\n\r\n\x00\r\n",
    "an error": b"ERROR\r\n",
    "another's answer": b"VALUE somebody-else 0 3\r\nabc\r\nEND\r\n",
    "numbers for everything": b"7\r\n7\r\n7\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "nothing, and it hangs up": b"",
}


def chats(relay: ThreadedRelay, number: int) -> Counter[int]:
    return Counter(relay.chat().status_code for _ in range(number))


@pytest.mark.parametrize("answer", MAD.values(), ids=MAD)
def test_a_mad_one_costs_no_call(relay_with: RelayFactory, answer: bytes) -> None:
    with strange(answer) as server:
        relay = relay_with(rate_limit_requests=100, **place(server.port))
        assert chats(relay, 4) == {200: 4}


def test_one_that_talks_without_end_costs_no_call(relay_with: RelayFactory) -> None:
    with strange(b"x" * 65536, endless=True) as server:
        relay = relay_with(rate_limit_requests=100, **place(server.port))
        assert chats(relay, 3) == {200: 3}


def test_nobody_waits_for_each_byte_of_a_slow_one(relay_with: RelayFactory) -> None:
    """It would take minutes for what one call asks."""
    with strange(b"STORED\r\n" * 50, pause=0.2) as server:
        relay = relay_with(rate_limit_requests=100, **place(server.port))
        began = time.monotonic()
        assert chats(relay, 20) == {200: 20}
        assert time.monotonic() - began < 15


def test_a_full_one_costs_no_call_and_limits_still_hold(
    relay_with: RelayFactory, memcached: Memcached
) -> None:
    """One that may not make room counts nothing new."""
    memcached.stop()
    memcached.start("-M", "-m", "2")
    with closing(Client(("127.0.0.1", memcached.port), default_noreply=False)) as client:
        names = (f"relay:requests:{number:064d}:12345678" for number in range(10**6))
        with pytest.raises(MemcacheServerError, match="out of memory"):
            deque((client.set(name, b"1") for name in names), maxlen=0)
    relay = relay_with(rate_limit_requests=3, **place(memcached.port))
    vouched(relay)
    assert statuses(relay, 5) == [200, 200, 200, 429, 429]


def test_one_that_forgets_costs_no_call(relay_with: RelayFactory, memcached: Memcached) -> None:
    """What it evicts is counted anew, as after a restart."""
    relay = relay_with(rate_limit_requests=3, **place(memcached.port))
    vouched(relay)
    with closing(Client(("127.0.0.1", memcached.port), default_noreply=False)) as client:
        for _ in range(4):
            assert statuses(relay, 2) == [200, 200]
            client.flush_all()


@pytest.mark.long
def test_calls_go_on_whatever_becomes_of_it(
    onemin: Simulator, memcached: Memcached, tmp_path: Path
) -> None:
    """Killed, started anew, paused and gone on, under load."""
    settings = {"MEMCACHED_HOST": "127.0.0.1", "MEMCACHED_PORT": str(memcached.port)}
    with process(onemin.url, tmp_path, **settings) as relay, ThreadPoolExecutor(8) as pool:
        over = [False]

        def calls(_: int) -> Counter[int]:
            told: Counter[int] = Counter()
            while not over[0]:
                told[relay.chat().status_code] += 1
            return told

        calling = [pool.submit(calls, number) for number in range(8)]
        for befalls in (memcached.stop, memcached.start, memcached.pause, memcached.resume):
            time.sleep(1.5)
            befalls()
        time.sleep(1.5)
        over[0] = True
        counted = sum((each.result() for each in calling), Counter[int]())
        assert set(counted) == {200}
