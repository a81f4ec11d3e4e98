from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from simulator.replies import Hang, Reset, html, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.limits.calling import BOTH, bearing, granted, remaining, vouched
from tests.memcached import Memcached
from tests.raw import chat_request, connected, read_until
from tests.serving import ASKED, KEY, ThreadedRelay, process
from utils.store.memcached import Server
from utils.store.places import LEASE, SharedPlaces


@pytest.fixture
def relay(memory: dict[str, Any], relay_with: RelayFactory) -> ThreadedRelay:
    relay = relay_with(rate_limit_requests=500, rate_limit_concurrency=1, **memory)
    vouched(relay)
    return relay


def is_free(relay: ThreadedRelay, key: str = KEY) -> bool:
    return relay.post("/v1/chat/completions", ASKED, headers=bearing(key)).status_code == 200


@pytest.mark.fault(39)
@BOTH
def test_a_call_beyond_the_last_place_is_refused_until_its_client_leaves(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    vouched(relay, "another-key")
    onemin.script(says("Hel", Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=True))
        read_until(client, b"Hel")
        left = remaining(relay, "requests")
        refused = relay.chat()
        error = refused.json()["error"]
        assert (refused.status_code, error["type"]) == (429, "rate_limit_error")
        assert error["code"] == "concurrency_limit_reached"
        assert refused.headers["Retry-After"] == "1"
        assert len(onemin.chats) == 1
        assert remaining(relay, "requests") == left - 1  # for this very question
        assert is_free(relay, "another-key")
    assert eventually(lambda: is_free(relay))


@BOTH
def test_a_place_is_free_again_however_its_call_ends(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    for answer in says("Hi"), html(502), says("Hel", Reset()):
        onemin.script(answer)
        assert eventually(lambda: relay.chat(stream=True).status_code != 429)
    assert eventually(lambda: relay.chat(model="no-such-model").status_code == 404)
    assert eventually(lambda: relay.chat(n=0).status_code == 400)
    assert eventually(lambda: relay.chat(n=3).status_code == 200)
    assert eventually(lambda: is_free(relay))


def test_an_answer_in_the_background_keeps_its_place_until_it_is_there(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang()))
    begun = relay.post(
        "/v1/responses", {"model": "gpt-4o-mini", "input": "hi", "background": True}
    )
    assert begun.status_code == 200
    onemin.wait_for_chats(1)
    assert relay.chat().status_code == 429
    relay.post(f"/v1/responses/{begun.json()['id']}/cancel")
    assert eventually(lambda: is_free(relay))


def test_a_key_may_have_its_own_number_of_calls_at_once(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(rate_limit_concurrency=1, one_min_api_keys="a-key-of-the-server")
    key = granted(relay, concurrency=0)
    request = chat_request(stream=True).replace(KEY.encode(), key.encode())
    onemin.script(says("Hel", Hang()))
    with connected(relay.port) as client:
        client.sendall(request)
        read_until(client, b"Hel")
        assert is_free(relay, key)


@pytest.fixture
def shared(memcached: Memcached) -> Iterator[Callable[..., SharedPlaces]]:
    """As each process has its own."""
    with ExitStack() as stack:

        def made(**settings: Any) -> SharedPlaces:
            server = stack.enter_context(closing(Server("127.0.0.1", memcached.port)))
            return stack.enter_context(closing(SharedPlaces(server, **settings)))

        yield made


def test_of_many_at_once_as_many_get_a_place_as_there_are(
    shared: Callable[..., SharedPlaces],
) -> None:
    relays = [shared() for _ in range(2)]
    with ThreadPoolExecutor(32) as pool:
        entered = [pool.submit(relays[n % 2].enter, "somebody", 10) for n in range(64)]
    leaves = [leave for enter in entered if (leave := enter.result())]
    assert len(leaves) == 10
    assert relays[0].enter("somebody", 10) is None
    leaves[0]()
    assert relays[1].enter("somebody", 10)
    assert relays[1].enter("somebody-else", 10)


def test_a_lease_lasts_while_it_is_renewed_and_no_longer(
    shared: Callable[..., SharedPlaces],
) -> None:
    dead = shared(lease=2, renewal=60)
    alive = shared(lease=2, renewal=0.2)
    late = dead.enter("of-the-dead", 1)
    assert late
    assert alive.enter("of-the-living", 1)
    other = shared()
    assert other.enter("of-the-dead", 1) is None
    assert eventually(lambda: other.enter("of-the-dead", 1) is not None)
    late()  # is no longer its own, and stays another's
    assert other.enter("of-the-dead", 1) is None
    assert other.enter("of-the-living", 1) is None


@pytest.mark.long
def test_the_places_of_a_killed_relay_are_free_when_their_leases_end(
    onemin: Simulator, memcached: Memcached, tmp_path: Path
) -> None:
    settings = {
        "MEMCACHED_HOST": "127.0.0.1",
        "MEMCACHED_PORT": str(memcached.port),
        "RATE_LIMIT_CONCURRENCY": "1",
    }
    (tmp_path / "other").mkdir()
    with (
        process(onemin.url, tmp_path, **settings) as killed,
        process(onemin.url, tmp_path / "other", **settings) as other,
    ):
        onemin.script(says("Hel", Hang()))
        with connected(killed.port) as client:
            client.sendall(chat_request(stream=True))
            read_until(client, b"Hel")
            assert other.chat().status_code == 429
            killed.end(signal.SIGKILL)
            deadline = time.monotonic() + LEASE + 5
            while other.chat().status_code == 429:
                assert time.monotonic() < deadline
                time.sleep(1)
