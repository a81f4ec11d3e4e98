"""Keys that nobody holds, or nobody should, and what stands near a key."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest
import requests
from sqlalchemy import MetaData, func, select

from simulator.server import Simulator
from tests.access.calling import TOKEN
from tests.faults.steps import steps
from tests.limits.calling import bearing
from tests.serving import ASKED, KEY, ThreadedRelay, config_for
from utils.domain.callers import Grant
from utils.domain.keys import PREFIX
from utils.domain.owner import owner
from utils.store.keys import hash_of
from utils.store.ledger import GATHER

POOLED = "the-relays-own-1min-key"


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """For keys of its own alone."""
    settings = {"allow_passthrough": False, "admin_token": TOKEN, "one_min_api_keys": (POOLED,)}
    folder = tmp_path_factory.mktemp("relay")
    relay = ThreadedRelay(config_for(onemin.url, folder, **settings))
    yield relay
    relay.stop()


def models(relay: ThreadedRelay, key: str) -> requests.Response:
    return relay.get("/v1/models", headers=bearing(key))


@pytest.mark.fault(77)
def test_a_key_that_ended_is_like_one_that_never_was(relay: ThreadedRelay) -> None:
    """In what is told, and in what is done to find out: time can tell no more. What cannot be a
    key is not looked up, which whoever sent it knows without asking.
    """
    keys = relay.services.keys
    (revoked, first), (rotated, second) = (keys.create("a", Grant()) for _ in range(2))
    keys.revoke(revoked.id)
    keys.rotate(rotated.id)
    never = steps(relay, lambda: models(relay, PREFIX + token_urlsafe(32)))
    assert never[0] == 401
    assert sum("SELECT" in statement for statement in never[3]) == 1
    for ended in (first, second):
        assert steps(relay, lambda ended=ended: models(relay, ended)) == never  # type: ignore[misc]
    for malformed in (PREFIX, PREFIX + "a" * 42, PREFIX + "ä" * 43, "a" * 600, KEY):
        told = steps(relay, lambda key=malformed: models(relay, key))  # type: ignore[misc]
        assert told == (*never[:3], [])


def rows(relay: ThreadedRelay) -> dict[str, int]:
    with relay.services.database.read() as connection:
        tables = MetaData()
        tables.reflect(connection)
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.sorted_tables
        }


def labels(relay: ThreadedRelay) -> set[str]:
    text = relay.get("/metrics").text
    return set(re.findall(r"^relay_\w+\{.*?\}", text, re.MULTILINE))


@pytest.mark.fault(78)
def test_a_flood_of_keys_leaves_nothing_and_soon_costs_nothing(
    onemin: Simulator, tmp_path: Path
) -> None:
    """Once their address has used up what it may, neither 1min.ai nor the database is asked."""
    relay = ThreadedRelay(config_for(onemin.url, tmp_path, rate_limit_requests=20))
    try:
        kept, called, told = rows(relay), len(onemin.chats), labels(relay)
        for flood in range(2):
            keys = [f"bad-key-{token_urlsafe(8)}" for _ in range(75)]
            keys += [PREFIX + token_urlsafe(32) for _ in range(75)]
            statuses = [asked(relay, key) for key in keys]
            assert statuses.count(401) <= 40  # a minute may end meanwhile
            assert statuses.count(401) + statuses.count(429) == len(keys)
            assert flood == 0 or labels(relay) == told
            told = labels(relay)
        for key in (keys[0], keys[-1]):
            assert steps(relay, lambda key=key: models(relay, key))[::3] == (429, [])  # type: ignore[misc]
        time.sleep(3 * GATHER)  # the ledger would have written by then
        assert rows(relay) == kept
        assert len(onemin.chats) - called <= 80
        assert not any(owner(key) in relay.services.vouched for key in keys)
        assert not any(relay.services.keyring.remembers(key) for key in keys)
    finally:
        relay.stop()


def asked(relay: ThreadedRelay, key: str) -> int:
    return relay.post("/v1/chat/completions", ASKED, headers=bearing(key)).status_code


@pytest.mark.fault(85)
def test_each_secret_opens_what_it_is_for_and_what_stands_near_it_opens_nothing(
    relay: ThreadedRelay,
) -> None:
    """The relay derives no key from another, and signs nothing: there are only these."""
    key, secret = relay.services.keys.create("a", Grant())
    near = (key.id, key.owner, hash_of(secret), owner(secret), secret.removeprefix(PREFIX))
    for given in (*near, secret[:-1], secret.upper(), hash_of(TOKEN), POOLED, KEY, TOKEN):
        assert models(relay, given).status_code == 401, given
    for given in (*near, secret, POOLED, KEY, hash_of(TOKEN)):
        reply = relay.get("/admin/keys", headers=bearing(given))
        assert reply.status_code == 401, given
    assert models(relay, secret).status_code == 200
    assert relay.get("/admin/keys", headers=bearing(TOKEN)).status_code == 200
