from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator
from tests.faults.upstream.ways import SURFACE, relay_file
from tests.serving import ThreadedRelay, config_for


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """One on which an answer may come all four ways."""
    config = config_for(onemin.url, tmp_path_factory.mktemp("relay"), one_min_chat="auto")
    relay = ThreadedRelay(config, relay_file(onemin.url + SURFACE))
    assert relay.chat().status_code == 200  # so that 1min.ai vouches for its caller
    yield relay
    relay.stop()
