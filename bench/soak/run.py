"""A relay with all it uses, how much it can, and half of that for as long as is wanted."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.errors import Failed
from bench.meters import CpuMeter
from bench.processes import HOST
from bench.soak.callers import POOL, Keys, keys
from bench.soak.crowd import Crowd, Tally, crowd
from bench.soak.mix import visits, whole_chats
from bench.soak.samples import Sample, Sampling, held
from bench.soak.verdict import Drift, drifts
from bench.targets import Target, memcached, relay, simulator
from simulator.assets.links import HOST_PATH

AT_ONCE = 8  # callers that are to find out how much the relay can
WARMING, MEASURED = 3.0, 10.0  # seconds
PRICING = 20.0  # visits a second, while it is measured what one costs
SHARE = 0.5  # of what the relay can
RESTING = 6.0  # seconds in which the relay lets go of what its last calls held


@dataclass(frozen=True, slots=True)
class Capacity:
    """`cores` is what the relay uses when it can do no more; `price` is in seconds a visit."""

    json_calls: float  # a second
    cores: float
    price: float

    @property
    def rate(self) -> float:
        """Visits a second that are half of it."""
        return SHARE * self.cores / self.price


@dataclass(frozen=True, slots=True)
class Run:
    """`before` and `after` are at rest."""

    minutes: float
    capacity: Capacity
    tally: Tally
    samples: list[Sample]
    before: Sample
    after: Sample

    @property
    def drifts(self) -> list[Drift]:
        return drifts(self.samples)

    @property
    def met(self) -> bool:
        return not self.tally.wrong and all(drift.met for drift in self.drifts)


@dataclass(frozen=True, slots=True)
class _Spent:
    visits: int
    cpu: float


def soak(minutes: float, python: str) -> Run:
    token = secrets.token_urlsafe(32)
    with _place(python, token) as target:
        theirs = keys(target, token)
        capacity = _capacity(target, theirs)
        before = held(target.pid, 0)
        _progress(f"{capacity.rate:.0f} visits a second for {minutes:g} minutes")
        with crowd(target.address) as everybody:
            with Sampling(target.pid, everybody) as sampling:
                everybody.come(visits(theirs), capacity.rate, minutes * 60)
            everybody.see_out()
        time.sleep(RESTING)
        after = held(target.pid, minutes * 60 + RESTING)
    return Run(minutes, capacity, everybody.tally, sampling.samples, before, after)


@contextmanager
def _place(python: str, token: str) -> Iterator[Target]:
    with (
        TemporaryDirectory(prefix="soak-") as name,
        simulator(Path(name)) as upstream,
        memcached(Path(name)) as port,
    ):
        settings = {
            "ADMIN_TOKEN": token,
            "MEMCACHED_HOST": HOST,
            "MEMCACHED_PORT": str(port),
            "ONE_MIN_API_KEYS": POOL,
            "ONE_MIN_ASSET_URL": upstream.url + HOST_PATH,
        }
        with relay(Path(name), upstream.url, python, 1, settings) as target:
            yield target


def _capacity(target: Target, theirs: Keys) -> Capacity:
    """By whole chats, as many as can be; and what a visit costs, by few of them."""
    _load(target, lambda callers: callers.queue(whole_chats(theirs), AT_ONCE, WARMING))
    chats = _load(target, lambda callers: callers.queue(whole_chats(theirs), AT_ONCE, MEASURED))
    few = _load(target, lambda callers: callers.come(visits(theirs), PRICING, MEASURED))
    return Capacity(chats.visits / MEASURED, chats.cpu / MEASURED, few.cpu / few.visits)


def _load(target: Target, load: Callable[[Crowd], None]) -> _Spent:
    meter = CpuMeter(target.pid)
    with crowd(target.address) as callers:
        load(callers)
        callers.see_out()
    if callers.tally.wrong:
        raise Failed("\n".join(["not all is well before it begins", *callers.tally.shown]))
    return _Spent(callers.tally.visits, meter.seconds())


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
