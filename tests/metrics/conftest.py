from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator
from tests.metrics.watching import running
from tests.serving import ThreadedRelay


@pytest.fixture(scope="package")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="package")
def watched(
    sim: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    with running(sim.url, tmp_path_factory.mktemp("relay")) as relay:
        relay.get("/v1/models")  # so that its catalog is live
        yield relay
