from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from simulator.server import Simulator
from tests.serving import ThreadedRelay, config_for


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """One for all these tests: none leaves anything in it."""
    relay = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("data")))
    yield relay
    relay.stop()


@pytest.fixture
def paid(onemin: Simulator) -> Callable[[], int]:
    """How many chats 1min.ai was asked for in this test."""
    before = len(onemin.chats)
    return lambda: len(onemin.chats) - before
