"""A relay whose system gives it less than before: of its disk, of descriptors."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import ProcessRelay


@contextmanager
def limited(relay: ProcessRelay, what: int, most: int) -> Iterator[None]:
    """While this lasts. What it has already it keeps."""
    pid = relay.process.pid
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, what, before)


def descriptors(relay: ProcessRelay) -> int:
    """That it keeps: those of whoever has just left are on their way out."""
    looks = []
    for _ in range(5):
        looks.append(len([*Path(f"/proc/{relay.process.pid}/fd").iterdir()]))
        time.sleep(0.1)
    return min(looks)


def processor_seconds(relay: ProcessRelay) -> float:
    """That it has used so far, in its own code and in the system's."""
    told = Path(f"/proc/{relay.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / 100
