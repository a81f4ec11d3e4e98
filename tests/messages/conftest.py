from __future__ import annotations

from collections.abc import Iterator

import pytest
from anthropic import Anthropic

from simulator.server import Simulator
from tests.messages.sdk import client_of
from tests.serving import ThreadedRelay, config_for


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    folder = tmp_path_factory.mktemp("relay")
    relay = ThreadedRelay(config_for(onemin.url, folder, max_body_mb=1))
    yield relay
    relay.stop()


@pytest.fixture(scope="module")
def client(relay: ThreadedRelay) -> Iterator[Anthropic]:
    with client_of(relay) as client:
        yield client
