from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from simulator.server import Simulator
from tests.memcached import Memcached
from tests.postgresql import PostgreSQL
from tests.serving import ThreadedRelay, config_for
from utils.relay_file import RelayFile

pytest_plugins = ["tests.faults.coverage"]

RelayFactory = Callable[..., ThreadedRelay]


def _compiled_once() -> None:
    """What werkzeug compiles to build a URL from a rule, which is most of what it costs to make
    a relay: the same for all relays, and asked by none.
    """
    compiled = Rule._compile_builder
    known: dict[tuple[str, bool], Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        place = rule.rule, append_unknown
        if place not in known:
            known[place] = compiled(rule, append_unknown)
        return known[place]

    Rule._compile_builder = once  # type: ignore[assignment,method-assign]


if hasattr(Rule, "_compile_builder"):  # it is werkzeug's own
    _compiled_once()


@pytest.fixture
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def relay_with(onemin: Simulator, tmp_path: Path) -> Iterator[RelayFactory]:
    """Relays with settings of their own, and a relay.yaml; stopped when the test is over."""
    running: list[ThreadedRelay] = []

    def start(
        upstream: str = onemin.url, file: RelayFile | None = None, **settings: Any
    ) -> ThreadedRelay:
        running.append(ThreadedRelay(config_for(upstream, tmp_path, **settings), file))
        return running[-1]

    yield start
    for relay in running:
        relay.stop()


@pytest.fixture
def relay(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with()


@pytest.fixture
def memcached() -> Iterator[Memcached]:
    server = Memcached()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()
