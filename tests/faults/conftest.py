from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server import Simulator
from tests.faults.wall import Wall
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile

SCENARIOS = [f"s{number:02d}" for number in range(1, 17)]


@pytest.fixture(scope="module")
def wall() -> Iterator[Wall]:
    wall = Wall()
    yield wall
    wall.stop()


@pytest.fixture(autouse=True)
def as_new(request: pytest.FixtureRequest) -> None:
    if "wall" in request.fixturenames:
        wall = request.getfixturevalue("wall")
        wall.plans.clear()
        wall.calls.clear()


def behind(wall: Wall, *, restart: bool) -> RelayFile:
    """A model for each scenario, with another behind it; and one with none."""
    free = {"prices": {"input": 0, "output": 0}}
    models: dict[str, Any] = {name: {} for name in (*SCENARIOS, "good", "alone", "picky")}
    return RelayFile.model_validate(
        {
            "restart": restart,
            "fallbacks": {
                **{name: ["good"] for name in SCENARIOS},
                "s14": ["picky"],
                "free": ["good"],
            },
            "backends": {"wall": {"base_url": wall.url, "models": {**models, "free": free}}},
        }
    )


@pytest.fixture(scope="module", params=[False, True], ids=["safe", "restart"])
def mode(request: pytest.FixtureRequest) -> bool:
    """Whether streams that broke off are gone on with."""
    return bool(request.param)


@pytest.fixture(scope="module")
def failing_over(
    wall: Wall, mode: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    with Simulator() as onemin:
        config = config_for(
            onemin.url,
            tmp_path_factory.mktemp("failover"),
            first_byte_timeout=0.4,
            idle_timeout=0.4,
            stream_heartbeat_seconds=0.2,
        )
        relay = ThreadedRelay(config, behind(wall, restart=mode))
        assert relay.chat().status_code == 200  # so that 1min.ai vouches for its caller
        yield relay
        relay.stop()
