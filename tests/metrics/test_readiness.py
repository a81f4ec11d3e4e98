from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pymemcache import Client

from simulator.server import Simulator
from tests.memcached import Memcached
from tests.metrics.watching import ADMIN, TOKEN, running, sums
from tests.serving import KEY, ThreadedRelay
from utils.relay_file import Backend, BackendModel, RelayFile

POOLED = "a-key-of-the-relays-own"
NOBODY = "postgresql://somebody:a-password@127.0.0.1:9/nothing"


def checks(relay: ThreadedRelay) -> dict[str, Any]:
    found: dict[str, Any] = relay.get("/readyz", headers={}).json()["checks"]
    return found


def seen(relay: ThreadedRelay, part: str, state: str) -> None:
    """Within the second for which a look is remembered."""
    until = time.monotonic() + 10
    while checks(relay)[part] != state:
        assert time.monotonic() < until, checks(relay)
        time.sleep(0.05)


def test_a_relay_that_has_all_it_needs_is_ok(watched: ThreadedRelay) -> None:
    reply = watched.get("/readyz", headers={})
    assert reply.status_code == 200
    told = reply.json()
    assert told["status"] == "ok"
    assert {name: told["checks"][name] for name in ("database", "catalog", "ledger")} == {
        "database": "ok",
        "catalog": "live",
        "ledger": "ok",
    }
    assert {told["checks"][name] for name in ("memcached", "pool")} == {"unused"}


@pytest.mark.fault(91, 92)
def test_what_it_lacks_is_named_but_not_where_it_was(
    tmp_path: Path, memcached: Memcached, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And chats would be answered all the same."""
    monkeypatch.setattr("utils.store.memcached.BACK_OFF", 0.3)
    settings: dict[str, Any] = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    with running("http://127.0.0.1:9", tmp_path, database_url=NOBODY, **settings) as relay:
        reply = relay.get("/readyz", headers={})
        assert (reply.status_code, reply.json()["status"]) == (200, "degraded")
        told = reply.json()["checks"]
        assert (told["database"], told["memcached"]) == ("away", "ok")
        assert told["catalog"] == "snapshot"
        memcached.stop()
        seen(relay, "memcached", "away")
        assert sums(relay)["relay_state memcached away"] == 1
        assert sums(relay)["relay_state memcached ok"] == 0
        memcached.start()
        seen(relay, "memcached", "ok")
        for secret in ("127.0.0.1", str(memcached.port), "password", "somebody"):
            assert secret not in relay.get("/readyz").text


@pytest.mark.fault(91)
def test_many_who_ask_do_not_load_the_parts_or_wait_for_one_that_hangs(
    sim: Simulator, tmp_path: Path, memcached: Memcached
) -> None:
    settings: dict[str, Any] = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    with (
        running(sim.url, tmp_path, **settings) as relay,
        ThreadPoolExecutor(8) as pool,
    ):
        relay.get("/v1/models")
        client, start = Client(("127.0.0.1", memcached.port)), time.monotonic()
        before = client.stats()[b"cmd_get"]
        assert {*pool.map(lambda _: checks(relay)["memcached"], range(100))} == {"ok"}
        seconds = time.monotonic() - start
        assert client.stats()[b"cmd_get"] - before <= 2 + seconds
        client.close()
        memcached.pause()
        try:
            start = time.monotonic()
            seen(relay, "memcached", "away")
            assert time.monotonic() - start < 8
        finally:
            memcached.resume()


def test_a_server_that_fails_is_named_by_its_models(sim: Simulator, tmp_path: Path) -> None:
    server = Backend(base_url="http://127.0.0.1:9/v1", models={"mine": BackendModel()})
    with running(sim.url, tmp_path, file=RelayFile(backends={"home": server})) as relay:
        relay.get("/v1/models")
        assert checks(relay)["backends"] == {"home": "ok"}
        for _ in range(5):
            assert relay.chat(model="mine").status_code == 503
        reply = relay.get("/readyz")
        assert (reply.status_code, reply.json()["status"]) == (200, "degraded")
        assert checks(relay)["backends"] == {"home": "failing"}
        assert sums(relay)["relay_breaker_open home mine"] == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"allow_passthrough": False},
        {"allow_passthrough": False, "one_min_api_keys": POOLED, "database_url": NOBODY},
    ],
    ids=["nobody pays", "nobody knows the callers"],
)
def test_a_relay_that_can_serve_nobody_is_not_to_be_sent_work(
    sim: Simulator, tmp_path: Path, settings: dict[str, Any]
) -> None:
    with running(sim.url, tmp_path, **settings) as relay:
        reply = relay.get("/readyz", headers={})
        assert (reply.status_code, reply.json()["status"]) == (503, "unavailable")


def test_the_operator_hears_what_it_means(sim: Simulator, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"one_min_api_keys": POOLED, "admin_token": TOKEN}
    with running(sim.url, tmp_path, database_url=NOBODY, **settings) as relay:
        assert relay.get("/admin/health", headers={}).status_code == 401
        reply = relay.get("/admin/health", headers=ADMIN)
        told = reply.json()
        assert told["status"] == "degraded"
        assert "looked up" in told["checks"]["database"]["meaning"]
        [account] = told["pool"]
        assert (account["in_flight"], account["resting"]) == (0, 0)
        assert told["ledger"] == {"waiting": 0, "dropped": 0}
        for secret in (POOLED, "a-password", KEY):
            assert secret not in reply.text
