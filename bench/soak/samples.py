"""What a server holds, looked at every few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from bench.errors import Failed
from bench.meters import CpuMeter, family, memory
from bench.soak.crowd import Crowd

GAP = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Sample:
    """Of a server with all its processes. Sizes are in KB, `cpu` in cores."""

    second: float
    rss: int
    pss: int
    descriptors: int
    threads: int
    cpu: float
    under_way: int  # visits


class Sampling:
    """From the start of the block to its end, in a thread of its own."""

    def __init__(self, pid: int, crowd: Crowd) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._crowd = crowd
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sampling")
        self._failed: Failed | None = None

    def __enter__(self) -> Sampling:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._failed and error is None:
            raise self._failed

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            while True:
                asked, meter = time.monotonic(), CpuMeter(self._pid)
                if self._stop.wait(GAP):
                    return
                cpu = meter.seconds() / (time.monotonic() - asked)
                sample = held(self._pid, time.monotonic() - begun, cpu, self._crowd.under_way)
                self.samples.append(sample)
        except Failed as failed:
            self._failed = failed


def held(pid: int, second: float, cpu: float = 0.0, under_way: int = 0) -> Sample:
    sizes = memory(pid)
    return Sample(
        second=round(second, 1),
        rss=sizes["Rss"],
        pss=sizes.get("Pss", sizes["Rss"]),
        descriptors=_entries(pid, "fd"),
        threads=_entries(pid, "task"),
        cpu=round(cpu, 3),
        under_way=under_way,
    )


def _entries(pid: int, folder: str) -> int:
    try:
        return sum(len(list(Path(f"/proc/{each}/{folder}").iterdir())) for each in family(pid))
    except OSError as error:
        raise Failed("a measured process has ended") from error
