from __future__ import annotations

from collections.abc import Iterator

import pytest
from anthropic import Anthropic

from simulator.server import Simulator
from tests.messages.sdk import client_of
from tests.serving import ProcessRelay, process


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessRelay]:
    with process(onemin.url, tmp_path_factory.mktemp("relay"), MAX_BODY_MB="1") as relay:
        yield relay


@pytest.fixture(scope="module")
def client(relay: ProcessRelay) -> Iterator[Anthropic]:
    with client_of(relay) as client:
        yield client
