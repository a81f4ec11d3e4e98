from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.responses.sdk import client_with
from tests.serving import ProcessRelay, process


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(onemin: Simulator, folder: Path) -> Iterator[ProcessRelay]:
    with process(onemin.url, folder) as relay:
        yield relay


@pytest.fixture(scope="module")
def client(relay: ProcessRelay) -> Iterator[OpenAI]:
    with client_with("the-callers-own-1min-key", relay) as client:
        yield client


@pytest.fixture(scope="module")
def stranger(relay: ProcessRelay) -> Iterator[OpenAI]:
    """Somebody else, with a key of their own."""
    with client_with("another-callers-1min-key", relay) as client:
        yield client
