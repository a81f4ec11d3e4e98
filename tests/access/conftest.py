from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator
