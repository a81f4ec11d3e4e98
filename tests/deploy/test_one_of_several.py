"""One of four relays is stopped, killed, taken out or comes back, while all are called."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event

import pytest
import requests

from simulator.server import Simulator
from tests.deploy.several import Places, bearing, machine, machines
from tests.eventual import eventually
from tests.memcached import Memcached
from tests.nginx import Nginx
from tests.postgresql import PostgreSQL
from tests.serving import ASKED, KEY, ProcessRelay

pytestmark = pytest.mark.long

AT_ONCE = 8
WORDS = "[[events=60 pace=50]]"  # three seconds of them


class Callers:
    """Who call until they are told to stop, and streams that are open meanwhile."""

    def __init__(self, nginx: Nginx) -> None:
        self._url = nginx.url + "/v1/chat/completions"
        self._numbers = count()
        self._over = Event()
        self.statuses: dict[str, int] = {}  # of each call; 0, if its connection broke

    @contextmanager
    def calling(self) -> Iterator[None]:
        with ThreadPoolExecutor(2 * AT_ONCE) as pool:
            begun = [pool.submit(self._call) for _ in range(AT_ONCE)]
            begun += [pool.submit(self._stream) for _ in range(AT_ONCE)]
            try:
                assert eventually(lambda: len(self.statuses) > 2 * AT_ONCE, 30)
                yield
            finally:
                self._over.set()
            for each in begun:
                each.result()

    def _call(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self._over.is_set():
                self._ask(session, "hi", stream=False)

    def _stream(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            self._ask(session, WORDS, stream=True)

    def _ask(self, session: requests.Session, said: str, *, stream: bool) -> None:
        id = f"call-{next(self._numbers)}"
        told = {"messages": [{"role": "user", "content": said}], "stream": stream}
        # nginx hangs up on clients that keep a connection, when it reads its settings anew.
        headers = bearing(KEY) | {"X-Request-Id": id, "Connection": "close"}
        try:
            reply = session.post(self._url, json=ASKED | told, headers=headers, timeout=30)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            self.statuses[id] = 0
            return
        whole = not stream or reply.text.endswith("[DONE]\n\n")
        self.statuses[id] = reply.status_code if whole else 0

    @property
    def lost(self) -> list[int]:
        return [status for status in self.statuses.values() if status != 200]


@pytest.fixture
def places(
    onemin: Simulator, tmp_path: Path, memcached: Memcached, postgresql: PostgreSQL
) -> Places:
    return Places(tmp_path, onemin.url, postgresql.create(), memcached)


def sent_once(places: Places, onemin: Simulator, callers: Callers) -> bool:
    """Whether no more was asked of 1min.ai than clients asked, and no call is told twice."""
    told = [id for id, _ in places.calls()]
    return len(onemin.chats) <= len(callers.statuses) and len(told) == len(set(told))


def told_of(places: Places) -> set[str]:
    return {id for id, _ in places.calls()}


def answered(relay: ProcessRelay) -> bool:
    """Whether it has had a call."""
    return "/v1/chat/completions" in relay.log.read_text()


@pytest.mark.fault(98)
def test_one_that_is_taken_out_and_stopped_loses_nothing(
    places: Places, onemin: Simulator
) -> None:
    with machines(places) as (nginx, relays):
        callers = Callers(nginx)
        with callers.calling():
            nginx.take_out(relays[0].port, [relay.port for relay in relays])
            assert relays[0].end() == 0
            time.sleep(0.5)
        assert callers.lost == []
        assert eventually(lambda: told_of(places) == set(callers.statuses), 30)
        assert len(onemin.chats) == len(callers.statuses)


@pytest.mark.fault(98)
def test_one_that_is_stopped_ends_what_it_has_and_is_used_again_when_it_is_back(
    places: Places, onemin: Simulator
) -> None:
    with machines(places) as (nginx, relays):
        callers = Callers(nginx)
        with callers.calling():
            assert relays[0].end() == 0
            time.sleep(0.5)
            with machine(places, 0, relays[0].port) as back:
                assert eventually(lambda: answered(back), 30)
                assert back.end() == 0
        assert callers.lost == []
        assert sent_once(places, onemin, callers)


@pytest.mark.fault(99)
def test_one_that_is_killed_loses_its_own_calls_and_no_others(
    places: Places, onemin: Simulator
) -> None:
    with machines(places) as (nginx, relays):
        callers = Callers(nginx)
        with callers.calling():
            relays[0].end(signal.SIGKILL)
            known = set(callers.statuses)
            time.sleep(1)
        assert 0 < len(callers.lost) <= AT_ONCE  # of 16 it had a quarter, and never half
        assert set(callers.lost) <= {0, 502}
        assert sent_once(places, onemin, callers)
        others = {id for id, status in callers.statuses.items() if status == 200} - known
        assert eventually(lambda: others <= told_of(places), 30)
