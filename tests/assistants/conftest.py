from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import OpenAI

from simulator.server import Simulator
from tests.responses.sdk import client_with
from tests.serving import KEY, ProcessRelay, process


@pytest.fixture(scope="package")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="package")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessRelay]:
    with process(onemin.url, tmp_path_factory.mktemp("relay")) as relay:
        yield relay


@pytest.fixture(scope="package")
def client(relay: ProcessRelay) -> Iterator[OpenAI]:
    with client_with(KEY, relay) as client:
        yield client


@pytest.fixture(scope="package")
def stranger(relay: ProcessRelay) -> Iterator[OpenAI]:
    """Somebody else, with a key of their own."""
    with client_with("another-callers-1min-key", relay) as client:
        yield client
