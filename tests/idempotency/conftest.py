from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator
from tests.backends.server import KEY as HOUSE
from tests.backends.server import ModelServer
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile

KINDS = ["chat:base", "embeddings:base", "moderations:base", "rerank:base"]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """One that has no Memcached."""
    models = {"plain": {"type": KINDS}}
    house = {"base_url": server.url, "api_key": HOUSE, "models": models}
    file = RelayFile.model_validate({"backends": {"house": house}})
    folder = tmp_path_factory.mktemp("relay")
    config = config_for(onemin.url, folder, one_min_api_keys=("the-relays-own-key",))
    relay = ThreadedRelay(config, file)
    relay.get("/v1/models")  # so that its catalog is live
    assert relay.chat().status_code == 200  # so that 1min.ai vouches for its caller
    yield relay
    relay.stop()
