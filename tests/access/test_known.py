"""Callers with keys of 1min.ai's own: nothing is kept for those that it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.access.calling import House, bearing, house
from tests.conftest import RelayFactory
from tests.memcached import Memcached
from utils.domain.owner import owner

BAD = "bad-key-of-nobody"
NOBODY = "http://127.0.0.1:9"  # where nobody listens


@pytest.fixture(scope="module")
def open_to_all(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(onemin.url, tmp_path_factory.mktemp("a")) as opened:
        yield opened


def checks(onemin: Simulator, key: str) -> int:
    """How often 1min.ai was asked whether it knows a key."""
    return sum(
        call.path.startswith("/api/results/") and call.headers.get("api-key") == key
        for call in onemin.calls
    )


def test_a_caller_is_known_once_a_model_answered(open_to_all: House, onemin: Simulator) -> None:
    vouched = open_to_all.relay.vouched
    assert owner("one") not in vouched
    assert open_to_all.chat("one").status_code == 200
    assert owner("one") in vouched
    assert open_to_all.post("/v1/threads", "one").status_code == 200
    assert not checks(onemin, "one")


def test_a_stream_that_was_read_makes_its_caller_known(open_to_all: House) -> None:
    open_to_all.chat("two", stream=True).get_data()
    assert owner("two") in open_to_all.relay.vouched


def test_a_picture_makes_its_caller_known(open_to_all: House) -> None:
    asked = {"model": "gpt-image-1-mini", "prompt": "a cat"}
    assert open_to_all.post("/v1/images/generations", "three", **asked).status_code == 200
    assert owner("three") in open_to_all.relay.vouched


@pytest.mark.parametrize("key", [BAD, "broke-key", "limited-key"])
def test_a_caller_whom_1min_ai_refused_is_not_known(open_to_all: House, key: str) -> None:
    assert open_to_all.chat(key).status_code in (401, 429)
    assert open_to_all.get("/v1/models", key).status_code == 200
    assert owner(key) not in open_to_all.relay.vouched


def test_before_something_is_kept_1min_ai_is_asked_once(
    open_to_all: House, onemin: Simulator
) -> None:
    for _ in range(2):
        assert open_to_all.post("/v1/threads", "four").status_code == 200
        assert open_to_all.get("/v1/files", "four").status_code == 200
    assert checks(onemin, "four") == 1


BACKGROUND = {"model": "gpt-4o-mini", "input": "hi", "background": True}


@pytest.mark.fault(78)
@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/threads", {}), ("/v1/conversations", {}), ("/v1/responses", BACKGROUND)],
)
def test_nothing_is_kept_for_a_key_that_1min_ai_refuses(
    open_to_all: House, path: str, body: dict[str, Any]
) -> None:
    for _ in range(2):
        refused = open_to_all.post(path, BAD, **body)
        assert refused.status_code == 401
        assert "1min.ai refused" in refused.get_json()["error"]["message"]
    assert owner(BAD) not in open_to_all.relay.vouched


def test_while_1min_ai_is_away_strangers_read_and_write_nothing(tmp_path: Path) -> None:
    with house(NOBODY, tmp_path) as alone:
        assert alone.get("/v1/files", "five").status_code == 200
        assert alone.post("/v1/threads", "five").status_code == 503
        alone.relay.vouched.add(owner("five"))
        assert alone.post("/v1/threads", "five").status_code == 200


def test_a_key_of_the_relays_needs_nobody_else(tmp_path: Path) -> None:
    with house(NOBODY, tmp_path) as alone:
        assert alone.post("/v1/threads", alone.key()).status_code == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of limits
def test_relays_tell_each_other_whom_they_know(
    onemin: Simulator, relay_with: RelayFactory, memcached: Memcached
) -> None:
    place = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    first, second = (relay_with(onemin.url, **place) for _ in range(2))
    for relay in (first, second):
        assert relay.post("/v1/threads", {}, headers=bearing("six")).status_code == 200
    assert checks(onemin, "six") == 1
