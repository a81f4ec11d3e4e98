"""One relay for all that is spoken and heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.sdk import client_of
from tests.serving import ProcessRelay, process


@pytest.fixture(scope="package")
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


RELAY_FILE = """\
aliases:
  voice: tts-1
fallbacks:
  gpt-4o-transcribe: [whisper-1]
  whisper-9: [whisper-1]
"""


@pytest.fixture(scope="package")
def served(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessRelay]:
    folder = tmp_path_factory.mktemp("relay")
    (folder / "relay.yaml").write_text(RELAY_FILE)
    with process(
        sim.url, folder, MAX_AUDIO_MB="1", MAX_BODY_MB="3", LOG_LEVEL="DEBUG"
    ) as relay:
        yield relay


@pytest.fixture(scope="package")
def client(served: ProcessRelay) -> Iterator[OpenAI]:
    with client_of(served) as client:
        yield client
