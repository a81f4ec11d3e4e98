"""A relay that is told to stop: who is still heard, and who is turned away."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until
from tests.serving import process

pytestmark = pytest.mark.fault(98)

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n"


def answers(client: socket.socket) -> bytes:
    """What it is told of the relay's health."""
    client.sendall(HEALTH)
    return read_until(client, b"}")


def test_an_answer_ends_its_connection_once_the_relay_stops(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """A proxy keeps connections for later, and would send a call into one that just closes."""
    relay = relay_with()
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as busy, connected(relay.port) as kept:
        busy.sendall(chat_request(stream=True))
        onemin.wait_for_chats(1)
        assert b"Connection: close" not in answers(kept)
        relay.server.stop()
        assert b"Connection: close" in answers(kept)
        assert kept.recv(1) == b""


def test_nobody_new_is_let_in_while_the_others_end(
    relay_with: RelayFactory, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.web.serving.serving.LEAD_SECONDS", 0.05)
    relay = relay_with()
    onemin.script(says("Hel", Pause(1), "lo"))
    with connected(relay.port) as busy, connected(relay.port) as idle:
        busy.sendall(chat_request(stream=True))
        onemin.wait_for_chats(1)
        relay.server.stop()
        assert idle.recv(1) == b"", "it had nothing to say"
        with pytest.raises(ConnectionRefusedError), connected(relay.port):
            pass
        assert b"[DONE]" in read_until(busy, b"[DONE]")


def test_who_was_let_in_is_heard_behind_others_that_have_left(
    onemin: Simulator, tmp_path: Path
) -> None:
    """The system lets clients in while the relay does not look."""
    with process(onemin.url, tmp_path) as relay, ExitStack() as clients:
        relay.process.send_signal(signal.SIGSTOP)
        for _ in range(3):
            with connected(relay.port):
                pass
        waiting = [clients.enter_context(connected(relay.port)) for _ in range(3)]
        for client in waiting:
            client.sendall(HEALTH)
        relay.process.send_signal(signal.SIGTERM)
        relay.process.send_signal(signal.SIGCONT)
        assert all(read_until(client, b"}").startswith(b"HTTP/1.1 ") for client in waiting)


def test_a_request_that_is_half_sent_is_heard_to_its_end(relay_with: RelayFactory) -> None:
    relay = relay_with()
    with connected(relay.port) as slow:
        slow.sendall(HEALTH[:9])
        with suppress(TimeoutError):  # so that it has come
            slow.settimeout(0.1)
            slow.recv(1)
        relay.server.stop()
        with suppress(TimeoutError):
            slow.settimeout(0.6)  # longer than those who say nothing are heard
            slow.recv(1)
        slow.settimeout(10)
        slow.sendall(HEALTH[9:])
        assert b"200 OK" in read_until(slow, b"}")


@pytest.mark.long
def test_whoever_stood_at_the_door_is_let_in(onemin: Simulator, tmp_path: Path) -> None:
    with process(onemin.url, tmp_path) as relay, ExitStack() as stack:
        assert relay.get("/healthz").status_code == 200
        relay.process.send_signal(signal.SIGSTOP)
        waiting = [stack.enter_context(connected(relay.port)) for _ in range(150)]
        for client in waiting:
            client.sendall(HEALTH)
        relay.process.send_signal(signal.SIGTERM)
        relay.process.send_signal(signal.SIGCONT)
        assert all(b"200 OK" in read_until(client, b"}") for client in waiting)
        assert relay.process.wait(20) == 0


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_a_signal_that_comes_early_waits_until_there_is_somebody_to_hear_it(
    onemin: Simulator, tmp_path: Path, workers: str
) -> None:
    """The relay has said where it is, and is not made yet."""
    with (
        process(onemin.url, tmp_path, WORKERS=workers) as relay,
        connected(relay.port) as early,
    ):
        early.sendall(HEALTH)
        relay.process.send_signal(signal.SIGHUP)
        relay.process.send_signal(signal.SIGTERM)
        assert b"200 OK" in read_until(early, b"}")
        assert relay.process.wait(20) == 0
