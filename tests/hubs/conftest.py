"""A hub for the tests of a module, and what it carries for them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.hubs.running import Carried, carried_out, running
from utils.loop import Hub


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running() as hub:
        yield hub


@pytest.fixture
def carried(hub: Hub) -> Carried:
    """What a function returns, or raises, on the hub."""
    return partial(carried_out, hub)
