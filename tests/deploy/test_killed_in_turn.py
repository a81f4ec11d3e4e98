"""Four relays behind nginx, of which one is killed every few seconds while all are called."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.killing.asked import Asked
from bench.killing.callers import Callers, callers
from bench.killing.checker import LATE
from bench.killing.visits import paid
from simulator.server import Simulator
from tests.deploy.several import Places, Several, machine, machines
from tests.eventual import eventually
from tests.memcached import Memcached
from tests.nginx import CONFIGURATION, Nginx
from tests.postgresql import PostgreSQL
from tests.serving import ProcessRelay

pytestmark = [pytest.mark.long, pytest.mark.fault(99)]

KILLS = 4
CALLING, STARTED = 2.5, 1.0  # seconds before a kill, and before its relay is started again
DYING = 2.0  # seconds in which calls of a killed relay are noticed to be over
MOST = 60  # calls in a minute, for one of the keys
TRIED = "log_format tried '$http_x_request_id $upstream_addr $msec';"


@dataclass(frozen=True, slots=True)
class Killed:
    port: int
    at: float


@dataclass(frozen=True, slots=True)
class Tried:
    """A request that a relay was sent last, and when nginx was done with it."""

    port: int
    ended: float

    def died_with(self, killed: Killed) -> bool:
        return self.port == killed.port and 0 <= self.ended - killed.at < DYING

    def may_be_unbooked(self, killed: Killed) -> bool:
        return self.port == killed.port and 0 <= killed.at - self.ended < LATE


@pytest.fixture
def places(
    onemin: Simulator, tmp_path: Path, memcached: Memcached, postgresql: PostgreSQL
) -> Places:
    return Places(tmp_path, onemin.url, postgresql.create(), memcached)


def told_by_nginx(ports: Sequence[int], file: Path) -> Nginx:
    """One that writes which relay it sent each request to."""
    told = CONFIGURATION.replace("    server {\n", f"    {TRIED}\n    server {{\n", 1)
    return Nginx(ports, told.replace("access_log off;", f"access_log {file} tried;"))


def tried(file: Path) -> dict[str, Tried]:
    lines = (line.rsplit(" ", 1) for line in file.read_text().splitlines())
    found = ((*told.split(" ", 1), ended) for told, ended in lines)
    return {id: Tried(int(ports.rsplit(":", 1)[1]), float(ended)) for id, ports, ended in found}


def killing(places: Places, relays: list[ProcessRelay], stack: ExitStack) -> Iterator[Killed]:
    """In turn; each is started again where it was."""
    for number in range(KILLS):
        time.sleep(CALLING)
        place = number % len(relays)
        dying = relays[place]
        at = time.time()
        dying.end(signal.SIGKILL)
        yield Killed(dying.port, at)
        time.sleep(STARTED)
        relays[place] = stack.enter_context(machine(places, place, dying.port))


def keys(several: Several) -> Callers:
    free = [several.made(requests=10**9, tokens=10**9)["secret"] for _ in range(4)]
    return callers(free, several.made(requests=MOST)["secret"])


@pytest.mark.timeout(180)
def test_only_calls_of_a_killed_relay_fail_and_nothing_is_lost_or_paid_twice(
    places: Places, onemin: Simulator, tmp_path: Path
) -> None:
    log = tmp_path / "tried.log"
    with ExitStack() as stack:
        _, relays = stack.enter_context(machines(places))
        nginx = told_by_nginx([relay.port for relay in relays], log)
        stack.callback(nginx.stop)
        everybody, address = keys(Several(nginx, [], places)), ("127.0.0.1", nginx.port)
        with everybody.calling(address):
            killed = [*killing(places, relays, stack)]
            time.sleep(CALLING)
        told, went = everybody.told, tried(log)

        failed = told.wrong.keys()
        strange = {
            id: told.wrong[id] for id in failed if not any(map(went[id].died_with, killed))
        }
        assert strange == {}
        assert len(failed) < len(told.asked) / 20

        assert {name: times for name, times in paid(onemin.chats).items() if times > 1} == {}
        assert {name: times for name, times in paid(onemin.features).items() if times > 1} == {}

        due = {id for id in told.ended if not any(map(went[id].may_be_unbooked, killed))}
        assert eventually(lambda: due <= {id for id, _ in places.calls()}, 30)
        booked = [id for id, _ in places.calls()]
        assert len(booked) == len(set(booked))
        assert set(booked) <= told.asked

        assert told.files
        assert [*Asked(address).wrong(everybody.keys, told)] == []
        granted = told.granted[everybody.limited].values()
        assert 0 < max(granted) <= MOST + 1
