"""A request whose like is under way waits for it, wherever that is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.replies import Hang, Pause, Reply, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.idempotency.asking import ask, is_replay, new_key, request, same
from tests.limits.calling import place
from tests.memcached import Memcached
from tests.raw import connected, read_until
from tests.serving import ASKED, Relay, ThreadedRelay, process

STREAM = ASKED | {"stream": True}
BODIES = pytest.mark.parametrize("body", [ASKED, STREAM], ids=["whole", "stream"])


@pytest.fixture
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def relays(
    relay_with: RelayFactory, request: pytest.FixtureRequest
) -> tuple[ThreadedRelay, ThreadedRelay]:
    """Two on one Memcached; or one, twice."""
    if request.param == "one":
        relay = relay_with()
        return relay, relay
    where = place(request.getfixturevalue("memcached").port)
    return relay_with(**where), relay_with(**where)


ONE = pytest.param("one", marks=pytest.mark.long)
BOTH = pytest.mark.parametrize("relays", [ONE, "two"], indirect=True)


@contextmanager
def begun(relay: Relay, onemin: Simulator, *asked: Any) -> Iterator[Future[requests.Response]]:
    """A request that 1min.ai is at work on."""
    number = len(onemin.chats) + 1
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(ask, relay, *asked)
        assert onemin.wait_for_chats(number)
        yield begun


@BODIES
@BOTH
def test_it_gets_the_same_answer(
    relays: tuple[ThreadedRelay, ThreadedRelay], onemin: Simulator, body: Any
) -> None:
    key = new_key()
    onemin.script(says("Hel", Pause(0.1), "lo"))
    with begun(relays[0], onemin, key, body) as first:
        second = ask(relays[1], key, body)
    assert second.status_code == 200
    assert is_replay(second)
    assert same(first.result(), second)
    assert len(onemin.chats) == 1


@BOTH
def test_of_many_at_once_one_is_paid(
    relays: tuple[ThreadedRelay, ThreadedRelay], onemin: Simulator
) -> None:
    key = new_key()
    onemin.script(says("Hel", Pause(0.2), "lo"))
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(ask, relays[number % 2], key) for number in range(12)]
    replies = [each.result() for each in asked]
    assert sum(map(is_replay, replies)) == 11
    assert len({reply.content for reply in replies}) == 1
    assert len(onemin.chats) == 1


@BOTH
def test_after_a_failure_the_next_one_asks(
    relays: tuple[ThreadedRelay, ThreadedRelay], onemin: Simulator
) -> None:
    key = new_key()
    onemin.script(Reply(500, body=(b"", Pause(0.2), b"oops")))
    with begun(relays[0], onemin, key) as first:
        second = ask(relays[1], key)
    assert first.result().status_code == 502
    assert second.status_code == 200
    assert not is_replay(second)
    assert len(onemin.chats) == 2


@pytest.mark.long
@BOTH
def test_another_request_need_not_wait_to_hear_that_it_is_another(
    relays: tuple[ThreadedRelay, ThreadedRelay], onemin: Simulator
) -> None:
    key = new_key()
    onemin.script(says("Hel", Pause(0.5), "lo"))
    with begun(relays[0], onemin, key) as first:
        assert ask(relays[1], key, STREAM).status_code == 422
        assert not first.done()


@pytest.mark.long
@BOTH
def test_after_a_client_that_left_the_next_one_asks(
    relays: tuple[ThreadedRelay, ThreadedRelay], onemin: Simulator
) -> None:
    key = new_key()
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relays[0].port) as client:
        client.sendall(request(key, body=STREAM))
        read_until(client, b"Hel")
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(ask, relays[1], key, STREAM)
            time.sleep(0.1)
            client.close()
            assert second.result(20).status_code == 200
    assert not is_replay(second.result())


@pytest.mark.long
def test_whoever_waits_may_leave(relay_with: RelayFactory, onemin: Simulator) -> None:
    """And holds no seat then."""
    relay, key = relay_with(threads=2), new_key()
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as first:
        first.sendall(request(key, body=STREAM))
        read_until(first, b"Hel")
        for _ in range(3):
            with connected(relay.port) as client:
                client.sendall(request(key, body=STREAM))
                assert eventually(lambda: relay.services.seats._value == 0)
            assert eventually(lambda: relay.services.seats._value == 1)


@pytest.mark.long
def test_nobody_waits_without_end(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached
) -> None:
    """409, which the SDKs send again, and only as long as a request may take."""
    where = place(memcached.port)
    patient = relay_with(**where)
    other = relay_with(total_timeout=0.2, media_timeout=0.2, **where)
    key = new_key()
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(patient.port) as client:
        client.sendall(request(key, body=STREAM))
        read_until(client, b"Hel")
        reply = ask(other, key, STREAM)
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "idempotency_key_in_use"
    assert reply.headers["Retry-After"] == "1"
    assert "x-should-retry" not in reply.headers


PAUSED = pytest.param("paused", marks=pytest.mark.long)


@pytest.mark.fault(91)
@pytest.mark.parametrize("trouble", ["absent", "killed", PAUSED])
def test_without_memcached_each_relay_remembers_for_itself(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached, trouble: str
) -> None:
    if trouble == "absent":
        memcached.stop()
    relay = relay_with(**place(memcached.port))
    if trouble != "absent":
        assert ask(relay, new_key()).status_code == 200
    if trouble == "killed":
        memcached.stop()
    if trouble == "paused":
        memcached.pause()
    key = new_key()
    try:
        first, second = ask(relay, key), ask(relay, key)
    finally:
        memcached.resume() if trouble == "paused" else None
    assert first.status_code == 200
    assert same(first, second)
    assert is_replay(second)


@pytest.mark.long
@pytest.mark.parametrize("trouble", ["killed", "paused"])
def test_an_answer_survives_that_memcached_goes_away_amid_it(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached, trouble: str
) -> None:
    relay, key = relay_with(**place(memcached.port)), new_key()
    onemin.script(says("Hel", Pause(0.3), "lo"))
    with begun(relay, onemin, key) as first:
        memcached.stop() if trouble == "killed" else memcached.pause()
    assert first.result().status_code == 200
    memcached.start() if trouble == "killed" else memcached.resume()


def test_memcached_that_forgot_a_request_under_way_keeps_its_answer(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached
) -> None:
    relay, key = relay_with(**place(memcached.port)), new_key()
    onemin.script(says("Hel", Pause(0.3), "lo"))
    with begun(relay, onemin, key) as first:
        memcached.forget()
    second = ask(relay, key)
    assert is_replay(second)
    assert same(first.result(), second)


@pytest.mark.fault(99)
@pytest.mark.long
def test_a_relay_that_died_is_not_waited_for_for_long(
    onemin: Simulator, memcached: Memcached, tmp_path: Path
) -> None:
    where = {"MEMCACHED_HOST": "127.0.0.1", "MEMCACHED_PORT": str(memcached.port)}
    key, folders = new_key(), [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    onemin.script(says("Hel", Hang(), "lo"))
    with (
        process(onemin.url, folders[0], **where) as first,
        process(onemin.url, folders[1], **where) as second,
        connected(first.port) as client,
    ):
        client.sendall(request(key, body=STREAM))
        read_until(client, b"Hel")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ask, second, key, STREAM)
            time.sleep(6)  # the claim was renewed meanwhile
            assert not waiting.done()
            first.process.kill()
            reply = waiting.result(25)
    assert reply.status_code == 200
    assert not is_replay(reply)
    assert len(onemin.chats) == 2
