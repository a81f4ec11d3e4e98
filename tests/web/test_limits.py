from __future__ import annotations

import threading

import pytest
import requests

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.memcached import Memcached
from tests.serving import ThreadedRelay
from utils.web.limits import SweptMemory

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # sockets that limits leaves behind
)


def statuses(relay: ThreadedRelay, count: int, key: str = "a-key") -> list[int]:
    headers = {"Authorization": f"Bearer {key}"}
    return [relay.get("/v1/models", headers=headers).status_code for _ in range(count)]


def remaining(reply: requests.Response) -> str:
    return reply.headers["x-ratelimit-remaining-requests"]


def test_each_key_has_its_own_allowance(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=2)
    assert statuses(relay, 3) == [200, 200, 429]
    assert statuses(relay, 1, "another-key") == [200]


def test_a_key_is_the_same_caller_in_every_header(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=3)
    for headers in ({"x-api-key": "k"}, {"api-key": "k"}, {"Authorization": "bearer k"}):
        assert relay.get("/v1/models", headers=headers).status_code == 200
    assert relay.get("/v1/models", headers={"x-api-key": "k"}).status_code == 429


def test_a_refusal_says_when_to_come_back(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with(rate_limit_requests=1)
    good = relay.chat()
    assert good.headers["x-ratelimit-limit-requests"] == "1"
    assert remaining(good) == "0"
    assert good.headers["x-ratelimit-reset-requests"].endswith("s")
    assert "Retry-After" not in good.headers
    refused = relay.chat()
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert len(onemin.chats) == 1


def test_health_preflight_and_unknown_urls_cost_nothing(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1)
    for _ in range(3):
        assert relay.get("/healthz").status_code == 200
        assert relay.get("/").status_code == 200
        assert relay.get("/v1/nowhere").status_code == 404
    assert statuses(relay, 2) == [200, 429]


def test_two_relays_in_one_process_do_not_share_an_allowance(relay_with: RelayFactory) -> None:
    first, second = (relay_with(rate_limit_requests=1) for _ in range(2))
    assert statuses(first, 2) == statuses(second, 2) == [200, 429]


def test_a_caller_without_a_key_counts_by_address_whatever_it_claims(
    relay_with: RelayFactory,
) -> None:
    relay = relay_with(rate_limit_requests=2)
    sent = [
        relay.get(
            "/v1/models", headers={"X-Forwarded-For": f"1.2.3.{n}", "X_Forwarded_For": "9"}
        )
        for n in range(3)
    ]
    assert [reply.status_code for reply in sent] == [401, 401, 429]


def test_behind_a_trusted_proxy_the_client_is_who_it_says(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1, trusted_proxies=1)
    for n in range(3):
        spoofed = {"X-Forwarded-For": f"6.6.6.6, 1.2.3.{n}"}
        assert relay.get("/v1/models", headers=spoofed).status_code == 401
    spoofed = {"X-Forwarded-For": "7.7.7.7, 1.2.3.0"}
    assert relay.get("/v1/models", headers=spoofed).status_code == 429


def test_zero_means_no_limit(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=0)
    assert set(statuses(relay, 200)) == {200}
    assert "x-ratelimit-limit-requests" not in relay.get("/v1/models").headers


def test_relays_share_an_allowance_through_memcached(
    relay_with: RelayFactory, memcached: Memcached
) -> None:
    place = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    first, second = (relay_with(rate_limit_requests=3, **place) for _ in range(2))
    assert statuses(first, 2) + statuses(second, 2) == [200, 200, 200, 429]


@pytest.mark.parametrize("trouble", ["absent", "killed", "paused"])
def test_without_memcached_each_process_counts_for_itself(
    relay_with: RelayFactory, memcached: Memcached, trouble: str
) -> None:
    if trouble == "absent":
        memcached.stop()
    place = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    relay = relay_with(rate_limit_requests=2, **place)
    if trouble != "absent":
        assert relay.get("/v1/models").status_code == 200
    if trouble == "killed":
        memcached.stop()
    if trouble == "paused":
        memcached.pause()
    try:
        assert statuses(relay, 3, "during") == [200, 200, 429]
    finally:
        memcached.resume() if trouble == "paused" else None


def test_memcached_counts_again_when_it_is_back(
    relay_with: RelayFactory, memcached: Memcached, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.limits.BACK_OFF", 0)
    place = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    first, second = (relay_with(rate_limit_requests=2, **place) for _ in range(2))
    memcached.stop()
    assert statuses(first, 3) == [200, 200, 429]
    memcached.start()
    for relay in (first, second):  # a socket from before the restart fails once
        statuses(relay, 1, "warm")
    assert statuses(first, 1, "b") + statuses(second, 2, "b") == [200, 200, 429]


def test_counting_in_memory_starts_no_threads_and_forgets_old_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("utils.web.limits.SWEEP", 0)
    memory = SweptMemory()
    memory.timer.join()
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    for name in ("old", "older"):
        memory.incr(name, expiry=-1)
    memory.incr("new", expiry=60)
    assert not started
    assert list(memory.storage) == ["new"]
