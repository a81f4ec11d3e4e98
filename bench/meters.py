"""What a server and the processes it forked have used, in the kernel's own accounting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.errors import Failed

SETTLING = 0.1  # seconds in which a server closes what it has answered: its last log line


def family(pid: int) -> list[int]:
    """A process and its descendants, parents first."""
    return [pid, *(kin for child in _children(pid) for kin in family(child))]


def _children(pid: int) -> Iterator[int]:
    for place in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended since
            yield from map(int, place.read_text().split())


class CpuMeter:
    """CPU since it was made. `idle` is what the server uses anyway, in seconds a second."""

    def __init__(self, pid: int, idle: float = 0.0) -> None:
        self._pids = family(pid)
        self._idle = idle
        self._began = time.monotonic()
        self._before = _cpu(self._pids)

    def seconds(self) -> float:
        """Once what was asked for has ended."""
        time.sleep(SETTLING)
        return self.so_far()

    def so_far(self) -> float:
        used = _cpu(self._pids) - self._before
        return used - self._idle * (time.monotonic() - self._began)


def _cpu(pids: list[int]) -> float:
    try:
        return sum(time.clock_gettime(_clock(pid)) for pid in pids)
    except OSError as error:
        raise Failed("a measured process has ended") from error


def _clock(pid: int) -> int:
    """clock_getcpuclockid(3), which Python lacks: all threads, also ended ones, to the ns."""
    return ~pid << 3 | 2


def memory(pid: int) -> dict[str, int]:
    """Rss and, where the kernel tells, Pss, in KB."""
    total: dict[str, int] = {}
    for member in family(pid):
        for name, size in _sizes(member).items():
            total[name] = total.get(name, 0) + size
    return total


def _sizes(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError as error:
        raise Failed("the kernel does not tell this process's memory") from error
    fields = (line.split() for line in lines)
    return {
        words[0].rstrip(":"): int(words[1]) for words in fields if words[0] in ("Rss:", "Pss:")
    }
