from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.server import Simulator
from tests.serving import ThreadedRelay, config_for
from tests.store.conftest import database, owner, url
from utils.relay_file import RelayFile

__all__ = ["database", "owner", "url"]


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    folder = tmp_path_factory.mktemp("relay")
    file = RelayFile(fallbacks={"gpt-4.1": ["gpt-4o"], "tts-1": ["tts-1-hd"]})
    config = config_for(
        onemin.url, folder, stream_commit_seconds=0.2, one_min_api_keys=("the-relays-own-key",)
    )
    relay = ThreadedRelay(config, file)
    relay.get("/v1/models")  # so that its catalog is live
    assert relay.chat().status_code == 200  # so that 1min.ai vouches for its caller
    yield relay
    relay.stop()
