from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bench.answers import Answer
from bench.load import Load
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.limits.calling import in_one_minute, place, statuses, vouched
from tests.memcached import Memcached
from tests.serving import KEY, process
from utils.domain.windows import Use
from utils.store.memcached import Server
from utils.store.windows import SharedWindows

ASKS = f"GET /v1/models HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()


def settings(memcached: Memcached, **others: str) -> dict[str, str]:
    """For a relay in a process of its own."""
    where = {"MEMCACHED_HOST": "127.0.0.1", "MEMCACHED_PORT": str(memcached.port)}
    return where | {"RATE_LIMIT_REQUESTS": "100"} | others


def test_four_processes_let_as_many_of_a_thousand_requests_through_as_are_allowed(
    onemin: Simulator, memcached: Memcached, tmp_path: Path
) -> None:
    with process(onemin.url, tmp_path, **settings(memcached, WORKERS="4")) as relay:
        in_one_minute(10)
        with Load(("127.0.0.1", relay.port)) as load:
            answers = map(Answer, load.keep_asking([ASKS] * 1000, 250))
        counted = Counter(answer.status for answer in answers)
        assert counted.total() == 1000
        assert 100 <= counted[200] <= 102
        assert counted[200] + counted[429] == 1000


def test_a_minute_survives_the_relays(
    onemin: Simulator, memcached: Memcached, relay_with: RelayFactory
) -> None:
    where = place(memcached.port)
    first = relay_with(rate_limit_requests=3, **where)
    vouched(first)
    assert statuses(first, 2) == [200, 200]
    first.stop()
    second = relay_with(rate_limit_requests=3, **where)
    assert statuses(second, 2) == [200, 429]


@pytest.mark.fault(91)
@pytest.mark.parametrize("trouble", ["absent", "killed", "paused"])
def test_without_memcached_each_relay_counts_for_itself(
    relay_with: RelayFactory, memcached: Memcached, trouble: str
) -> None:
    if trouble == "absent":
        memcached.stop()
    first, second = (
        relay_with(rate_limit_requests=2, rate_limit_concurrency=9, **place(memcached.port))
        for _ in range(2)
    )
    if trouble != "absent":
        assert first.get("/v1/models").status_code == 200
    if trouble == "killed":
        memcached.stop()
    if trouble == "paused":
        memcached.pause()
    try:
        assert statuses(first, 3, "during") == [200, 200, 429]
        assert statuses(second, 3, "during") == [200, 200, 429]
    finally:
        memcached.resume() if trouble == "paused" else None


@pytest.mark.fault(91)
def test_memcached_counts_again_when_it_is_back(
    relay_with: RelayFactory, memcached: Memcached, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.memcached.BACK_OFF", 0)
    first, second = (
        relay_with(rate_limit_requests=2, **place(memcached.port)) for _ in range(2)
    )
    vouched(first)
    vouched(second)
    assert statuses(first, 1) + statuses(second, 1) == [200, 200]
    memcached.stop()
    assert statuses(first, 3) == [200, 200, 429]
    memcached.start()  # and knows nothing of the minute any more
    assert statuses(first, 1) + statuses(second, 2) == [200, 200, 429]


@pytest.mark.fault(91)
def test_nobody_waits_for_a_memcached_that_hangs(
    relay_with: RelayFactory, memcached: Memcached
) -> None:
    relay = relay_with(rate_limit_requests=10**6, **place(memcached.port))
    vouched(relay)

    def ask(number: int) -> int:
        if number == 40:
            memcached.pause()
        return relay.get("/v1/models").status_code

    began = time.monotonic()
    try:
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(400))) == {200}
    finally:
        memcached.resume()
    assert time.monotonic() - began < 10  # 15 seconds, if each waited for it


@pytest.mark.fault(91)
@pytest.mark.long
def test_memcached_is_back_within_five_seconds(
    relay_with: RelayFactory, memcached: Memcached
) -> None:
    first, second = (
        relay_with(rate_limit_requests=9, **place(memcached.port)) for _ in range(2)
    )
    vouched(first)
    vouched(second)
    memcached.stop()
    assert statuses(first, 10) == [200] * 9 + [429]
    memcached.start()
    began = time.monotonic()
    while statuses(first, 1) == [429]:
        assert time.monotonic() - began < 5
    assert statuses(second, 9) == [200] * 8 + [429]


@pytest.mark.fault(91)
def test_a_use_is_counted_once_though_the_server_was_started_anew(memcached: Memcached) -> None:
    use = Use("requests", "somebody", 5, 1)
    with closing(Server("127.0.0.1", memcached.port)) as server:
        windows = SharedWindows(server)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: windows.take([use]), range(8)))
        memcached.stop()
        memcached.start()
        assert [windows.take([use])[0].now for _ in range(7)] == [1, 2, 3, 4, 5, 5, 5]
