"""Relays, one after the other on the same data, each killed at a random moment."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import Failed
from bench.killing.callers import Callers, callers
from bench.killing.checker import Checker
from bench.load import Address
from bench.processes import HOST, Command, running
from bench.soak.callers import issued
from bench.targets import memcached, relay_command
from simulator.assets.links import HOST_PATH
from simulator.server import Simulator

LONGEST = 2.0  # seconds of calls before a kill
STARTING = 1.5  # seconds; a relay is ready sooner
FIRST, EACH = 2, 5  # the first relays, on a new database, and each 5th are killed as they start
FREE, MOST = 4, 40  # keys without limits, and what one with a limit may ask for in a minute
LIMITS = {"monthly_credits": 10**12}  # so that each call sets something apart
TAKEN = "Address already in use"
REMEMBERED = 1_000_000  # calls of the simulator's


@dataclass(frozen=True, slots=True)
class Run:
    """`unbooked` is how many seconds before its kill each call ended that is not in the ledger,
    though its caller had the answer.
    """

    moments: int
    starts: int
    asked: int
    booked: int
    paid: int
    files: int
    unbooked: Sequence[float]
    wrong: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Place:
    """What outlives each relay."""

    folder: Path
    onemin: Simulator
    python: str
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self) -> Command:
        return relay_command(self.folder, self.onemin.url, self.python, 1, self.settings)


def kills(moments: int, python: str) -> Run:
    """Whatever is wrong is told with the moment after which it was."""
    dice, wrong = random.Random(), list[str]()
    with _place(python) as place:
        for _ in range(FIRST):
            _killed_at_start(place, dice)
        starts, seen, killed = FIRST, 0, time.time()
        everybody, checker = _keys(place)
        for moment in range(FIRST, moments):
            _progress(moment, wrong)
            if moment % EACH == 0:
                _killed_at_start(place, dice)
                starts += 1
                continue
            with _relay(place) as (pid, address):
                calls = place.onemin.calls
                found = checker.wrong(address, killed, calls[seen:])
                wrong += [f"before moment {moment}: {line}" for line in found]
                seen = len(calls)
                killed = _killed(everybody, address, pid, dice.uniform(0, LONGEST))
        wrong += _ended(place, checker, killed, seen)
        told = everybody.told
        return Run(
            moments=moments,
            starts=starts,
            asked=len(told.asked),
            booked=len(told.ended),
            paid=sum(checker.paid.values()),
            files=len(told.files),
            unbooked=checker.unbooked,
            wrong=wrong,
        )


@contextmanager
def _place(python: str) -> Iterator[_Place]:
    with (
        TemporaryDirectory(prefix="killing-") as name,
        Simulator(remember_calls=REMEMBERED) as onemin,
        memcached(Path(name)) as port,
    ):
        settings = {
            "ADMIN_TOKEN": secrets.token_urlsafe(32),
            "DATA_DIR": str(Path(name) / "data"),
            "MEMCACHED_HOST": HOST,
            "MEMCACHED_PORT": str(port),
            "ONE_MIN_API_KEYS": "killing-pool-a,killing-pool-b",
            "ONE_MIN_ASSET_URL": onemin.url + HOST_PATH,
        }
        yield _Place(Path(name), onemin, python, settings)


@contextmanager
def _relay(place: _Place) -> Iterator[tuple[int, Address]]:
    """Its pid, and where it listens. Another program may be quicker to take a free port."""
    with ExitStack() as stack:
        while True:
            command = place.command()
            try:
                pid = stack.enter_context(running(command, place.folder))
                break
            except Failed as failed:
                if TAKEN not in "".join(failed.__notes__):
                    raise
        yield pid, (HOST, command.port)


def _keys(place: _Place) -> tuple[Callers, Checker]:
    token = place.settings["ADMIN_TOKEN"]
    with _relay(place) as (_, address):
        free = [issued(address, token, f"free {number}", LIMITS) for number in range(FREE)]
        limited = issued(address, token, "limited", {"requests": MOST})
    everybody = callers(free, limited)
    return everybody, Checker(place.data, free, MOST, everybody.told)


def _killed(everybody: Callers, address: Address, pid: int, after: float) -> float:
    """When."""
    with everybody.calling(address) as over:
        time.sleep(after)
        over.set()
        killed = time.time()
        os.kill(pid, signal.SIGKILL)
    return killed


def _killed_at_start(place: _Place, dice: random.Random) -> None:
    command = place.command()
    with (place.folder / "started.log").open("ab") as log:
        starting = subprocess.Popen(
            command.words, cwd=place.folder, env=dict(command.environ), stdout=log, stderr=log
        )
    time.sleep(dice.uniform(0, STARTING))
    starting.kill()
    starting.wait()


def _ended(place: _Place, checker: Checker, killed: float, seen: int) -> Iterator[str]:
    with _relay(place) as (_, address):
        yield from checker.wrong(address, killed, place.onemin.calls[seen:])
        yield from checker.swept(address)


def _progress(moment: int, wrong: Sequence[str]) -> None:
    print(f"moment {moment}, {len(wrong)} wrong", file=sys.stderr, flush=True)
