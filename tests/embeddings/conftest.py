from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.embeddings.server import EmbeddingServer, embedded
from tests.sdk import client_of
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddingServer]:
    server = EmbeddingServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def account() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    account: Simulator, server: EmbeddingServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """It serves its own model, and the same one of the server's under several terms."""
    folder = tmp_path_factory.mktemp("relay")
    config = config_for(account.url, folder, local_embeddings=True)
    relay = ThreadedRelay(config, RelayFile.model_validate(backends(server.url)))
    yield relay
    relay.stop()


@pytest.fixture(scope="module")
def bare(
    account: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """One that can only chat."""
    folder: Path = tmp_path_factory.mktemp("bare")
    relay = ThreadedRelay(config_for(account.url, folder), RelayFile())
    yield relay
    relay.stop()


@pytest.fixture(scope="module")
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    """Not strict, for it decodes base64 only after it has checked what came."""
    with client_of(relay, strict=False) as client:
        yield client


@pytest.fixture(autouse=True)
def as_usual(server: EmbeddingServer) -> Iterator[None]:
    server.calls.clear()
    yield
    server.answer = embedded


def backends(url: str) -> dict[str, object]:
    def served(**embeddings: object) -> dict[str, object]:
        return {"type": ["embeddings:base"], "embeddings": {"tokens": True} | embeddings}

    models = {
        "plain": served(),
        "renamed": served() | {"name": "plain"},
        "few": served(batch=2) | {"name": "plain"},
        "floats": served(base64=False) | {"name": "plain"},
        "letters": served(tokens=False) | {"name": "plain"},
        "cut": served(shortens=True) | {"name": "plain"},
        "judge": {"type": ["moderations:base"]},
        "ranker": {"type": ["rerank:base"]},
    }
    server = {"base_url": url, "api_key": "the-servers-own-key", "models": models}
    return {"backends": {"box": server}, "aliases": {"text-embedding-3-small": "plain"}}
