"""Whether a relay that was killed and started again still has what callers were told of."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from bench.killing import rows
from bench.killing.asked import Asked
from bench.killing.told import Told
from bench.killing.visits import paid
from bench.load import Address
from simulator.calls import Call

LATE = 0.2  # seconds in which whoever has an answer is ahead of the ledger
RECOVERY, PAUSE = 3.0, 0.05  # seconds
LONG_AGO = 7200  # seconds, after which what a crash left is removed
UPLOADS = 20  # that remove it


@dataclass(slots=True)
class Checker:
    """`most` is what the limited key may ask for in a minute; `unbooked` is how long before
    the kill those calls ended that the ledger has lost, in seconds.
    """

    data: Path
    keys: Sequence[str]
    most: int
    told: Told
    unbooked: list[float] = field(default_factory=list)
    paid: Counter[str] = field(default_factory=Counter)

    @property
    def database(self) -> Path:
        return self.data / "relay.db"

    def wrong(self, address: Address, killed: float, calls: Sequence[Call]) -> Iterator[str]:
        """`calls` is what 1min.ai was asked since the last time."""
        yield from (f"before the kill: {line}" for line in self.told.wrong.values())
        self.told.wrong.clear()
        yield from rows.wrong(self.database)
        yield from rows.wrong_files(self.database, self.data / "files")
        yield from self._booked(killed)
        yield from self._paid(calls)
        yield from self._granted()
        relay = Asked(address)
        yield from relay.wrong(self.keys, self.told)
        if relay.listed(self.keys) != rows.files(self.database):
            yield "some files are in nobody's list"

    def swept(self, address: Address) -> Iterator[str]:
        """After some hours, an upload has removed the bytes that no row knows."""
        folder = self.data / "files"
        past = time.time() - LONG_AGO
        for path in (folder / "unsettled").iterdir():
            os.utime(path, (past, past))
        for _ in range(UPLOADS):  # some are looked at each time
            Asked(address).upload(self.keys[0])
        yield from rows.wrong_files(self.database, folder)
        if left := {path.name for path in folder.glob("[fp]*")} - rows.contents(self.database):
            yield f"bytes without a row: {len(left)}"

    def _booked(self, killed: float) -> Iterator[str]:
        there = self._recovered()
        for id in there - self.told.asked:
            yield f"a call that nobody made is in the ledger: {id}"
        for id in self.told.ended.keys() - there:
            early = killed - self.told.ended.pop(id)
            self.unbooked.append(early)
            if early > LATE:
                yield f"a call that ended {early:.1f} s before is not in the ledger: {id}"

    def _recovered(self) -> Set[str]:
        """What is in the ledger, once the next relay has written what the last one left."""
        deadline = time.monotonic() + RECOVERY
        while True:
            there = rows.calls(self.database)
            if self.told.ended.keys() <= there or time.monotonic() > deadline:
                return there
            time.sleep(PAUSE)

    def _paid(self, calls: Sequence[Call]) -> Iterator[str]:
        self.paid.update(paid(calls))
        for name, times in self.paid.items():
            if times > 1:
                yield f"paid {times} times: {name}"

    def _granted(self) -> Iterator[str]:
        """One call may have been counted in the minute after it was asked."""
        for minutes in self.told.granted.values():
            for times in minutes.values():
                if times > self.most + 1:
                    yield f"{times} calls in a minute, where {self.most} were granted"
