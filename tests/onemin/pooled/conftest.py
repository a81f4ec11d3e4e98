from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator
from tests.clock import Clock
from tests.onemin.pooled.pooling import Pooled
from tests.onemin.pooled.trying import KEYS
from utils.onemin.pool import Pool


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def pooled(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Pooled:
    return Pooled(onemin, tmp_path_factory.mktemp("relay"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(clock: Clock) -> Pool:
    return Pool(KEYS, clock=clock)
