"""A kept connection that closes exactly as it is used again."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from urllib3.util import connection as urllib3_connection

from simulator.replies import Cut, raw
from simulator.server import Simulator
from tests.faults.upstream.ways import Way, every_way, text
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay

Meanwhile = list[Callable[[], object]]


class Racing(socket.socket):
    """Something happens between its last look at the other side and its next word to it."""

    meanwhile: Meanwhile

    def send(self, data: Any, flags: int = 0) -> int:
        if self.meanwhile:
            self.meanwhile.pop()()
            ends = select.poll()
            ends.register(self, select.POLLRDHUP)
            assert ends.poll(5000), "its end has come"
        return super().send(data, flags)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meanwhile]:
    connect, left = urllib3_connection.create_connection, Meanwhile()

    def racing(*args: Any, **kwargs: Any) -> socket.socket:
        plain = connect(*args, **kwargs)
        connected = Racing(fileno=plain.detach())
        connected.meanwhile = left
        return connected

    monkeypatch.setattr(urllib3_connection, "create_connection", racing)
    yield left
    assert not left, "it has happened"


@pytest.mark.fault(34)
@every_way
@whole_and_streamed
def test_a_connection_that_closes_as_it_is_used_is_replaced_silently(
    relay: ThreadedRelay, onemin: Simulator, way: Way, meanwhile: Meanwhile, *, stream: bool
) -> None:
    onemin.close_idle_connections()  # the next ones race
    assert text(way.ask(relay, stream=stream))
    before = len(way.calls(onemin))
    meanwhile.append(onemin.close_idle_connections)
    assert text(way.ask(relay, stream=stream))
    assert len(way.calls(onemin)) == before + 1


@pytest.mark.fault(34)
@every_way
@whole_and_streamed
def test_a_request_that_was_read_is_never_sent_again(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    """Nor one that may have been: it may be billed already, and a client that wants it twice
    can ask twice. So there is a silent retry only where nothing of the request had come.
    """
    assert text(way.ask(relay, stream=stream))
    before = len(way.calls(onemin))
    way.script(onemin, raw(Cut()))
    assert way.ask(relay, stream=stream).status_code == 502
    *_, last, fallen = way.calls(onemin)
    assert fallen.connection == last.connection, "it was kept"
    assert len(way.calls(onemin)) == before + 1
