"""A relay to watch, and what its metrics say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.serving import Relay, ThreadedRelay, config_for
from utils.relay_file import RelayFile

TOKEN = "the-operators-own-admin-token"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def running(
    upstream: str, folder: Path, file: RelayFile | None = None, **settings: Any
) -> Iterator[ThreadedRelay]:
    relay = ThreadedRelay(config_for(upstream, folder, **settings), file)
    try:
        yield relay
    finally:
        relay.stop()


def sums(relay: Relay) -> dict[str, float]:
    """By the name of a metric and whichever labels it has, in the order of their names."""
    text = relay.get("/metrics", headers={}).text
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): float(
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def gained(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    changed = {name: value - before.get(name, 0) for name, value in after.items()}
    return {name: value for name, value in changed.items() if value}
