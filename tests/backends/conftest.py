from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server import Simulator
from tests.backends.server import KEY, ModelServer
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile

ALL = ["chat:base", "audio:transcribe", "audio:speech", "images:generate", "moderations:base"]


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
    folder = tmp_path_factory.mktemp("relay")
    config = config_for(
        onemin.url,
        folder,
        stream_commit_seconds=0.3,
        stream_heartbeat_seconds=0.3,
        first_byte_timeout=1,
        idle_timeout=1,
        max_body_mb=4,
        one_min_api_keys=("the-relays-own-key",),
    )
    relay = ThreadedRelay(config, RelayFile.model_validate(settings(server.url)))
    relay.get("/v1/models")  # so that its catalog is live
    assert relay.chat().status_code == 200  # so that 1min.ai vouches for its caller
    yield relay
    relay.stop()


@pytest.fixture(autouse=True)
def as_usual(server: ModelServer) -> None:
    server.forget()


def settings(url: str) -> dict[str, Any]:
    models = {
        "plain": {"type": ALL, "prices": {"input": 1, "output": 2}},
        "renamed": {"type": ALL, "name": "org/its-own-name", "vision": True},
        "argued": {"type": ALL, "arguments": {"top_k": 5, "temperature": 0.5, "user": "u"}},
        "speaker": {"type": ["audio:speech"]},
        "helped": {"type": ALL},
        "gpt-4o": {"response": {"owned_by": "the house", "tier": "gold"}},
    }
    return {
        "aliases": {"short": "plain", "house": "renamed"},
        "fallbacks": {"helped": ["gpt-4o-mini"], "gpt-5": ["plain"]},
        "backends": {"house": {"base_url": url, "api_key": KEY, "models": models}},
    }
