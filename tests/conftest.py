from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.memcached import Memcached
from tests.postgresql import PostgreSQL
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile

RelayFactory = Callable[..., ThreadedRelay]


@pytest.fixture
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def relay_with(onemin: Simulator, tmp_path: Path) -> Iterator[RelayFactory]:
    """Relays with settings of their own, and a relay.yaml; stopped when the test is over."""
    running: list[ThreadedRelay] = []

    def start(
        upstream: str = onemin.url, file: RelayFile | None = None, **settings: Any
    ) -> ThreadedRelay:
        running.append(ThreadedRelay(config_for(upstream, tmp_path, **settings), file))
        return running[-1]

    yield start
    for relay in running:
        relay.stop()


@pytest.fixture
def relay(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with()


@pytest.fixture
def memcached() -> Iterator[Memcached]:
    server = Memcached()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()
