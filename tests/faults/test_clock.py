"""A clock that jumps: it is set, or its machine slept."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from simulator.replies import Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.ledger.relays import row_of
from tests.limits.calling import place, statuses, vouched
from tests.memcached import Memcached
from tests.raw import chat_request, connected, read_until

pytestmark = pytest.mark.fault(95)

HOUR = 3600
JUMPS = pytest.mark.parametrize("by", [HOUR, -HOUR, 30 * 24 * HOUR], ids=["on", "back", "far"])


class Clock:
    """The time of this process's day."""

    def __init__(self) -> None:
        self._real, self._ahead = time.time, 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def jump(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.time", clock)
    return clock


@pytest.mark.parametrize("by", [HOUR, pytest.param(-HOUR, marks=pytest.mark.long)])
def test_nobody_who_is_connected_is_sent_away(
    relay_with: RelayFactory, onemin: Simulator, clock: Clock, by: float
) -> None:
    """Who is quiet, who has sent half a request, and whose stream is under way: by the time of
    day they would be an hour late.
    """
    relay = relay_with()
    onemin.script(says("Hel", Pause(1.5), "lo"))
    request = chat_request()
    with (
        connected(relay.port) as quiet,
        connected(relay.port) as slow,
        connected(relay.port) as hearing,
    ):
        hearing.sendall(chat_request(stream=True))
        slow.sendall(request[:-9])
        assert read_until(hearing, b"Hel")
        clock.jump(by)
        with suppress(TimeoutError):  # for as long as it may take until somebody looks
            quiet.settimeout(1.3)
            assert quiet.recv(1)
        assert b"[DONE]" in read_until(hearing, b"[DONE]")
        slow.sendall(request[-9:])
        assert b"200 OK" in read_until(slow, b"}}")
        quiet.settimeout(20)
        quiet.sendall(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
        assert b"200 OK" in read_until(quiet, b"}")


@JUMPS
@pytest.mark.parametrize("shared", [False, True], ids=["own", "memcached"])
def test_limits_count_anew_or_go_on_but_shut_nobody_out(
    relay_with: RelayFactory, memcached: Memcached, clock: Clock, by: float, shared: bool
) -> None:
    relay = relay_with(rate_limit_requests=3, **(place(memcached.port) if shared else {}))
    vouched(relay)
    assert statuses(relay, 4) == [200, 200, 200, 429]
    clock.jump(by)
    assert statuses(relay, 4) == [200, 200, 200, 429]


@JUMPS
def test_every_call_is_in_the_ledger_once(
    relay_with: RelayFactory, clock: Clock, by: float
) -> None:
    relay = relay_with()
    replies = [relay.chat()]
    clock.jump(by)
    replies.append(relay.chat())
    assert all(0 <= row_of(relay, reply)["seconds"] < 60 for reply in replies)
