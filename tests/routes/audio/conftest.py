"""One relay for all that is spoken and heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.sdk import client_of
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile


@pytest.fixture(scope="package")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="package")
def served(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreadedRelay]:
    folder = tmp_path_factory.mktemp("data")
    fallbacks = {"gpt-4o-transcribe": ("whisper-1",), "whisper-9": ("whisper-1",)}
    relay = ThreadedRelay(
        config_for(sim.url, folder, max_audio_mb=1, max_body_mb=3),
        RelayFile(aliases={"voice": "tts-1"}, fallbacks=fallbacks),
    )
    yield relay
    relay.stop()


@pytest.fixture(scope="package")
def client(served: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(served) as client:
        yield client
