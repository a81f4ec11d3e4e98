"""What clients do with their connections (catalogue B)."""

from __future__ import annotations

import os
import random
import socket
import struct
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.faults.clients.typed import HEALTH, answers
from tests.raw import chat_request, connected, read_until
from tests.serving import ProcessRelay, process

PROMPTLY = 1.0  # seconds


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.fault(40)
@pytest.mark.parametrize("stream", [False, True])
def test_who_half_closes_has_left(
    relay_with: RelayFactory, onemin: Simulator, *, stream: bool
) -> None:
    """Why it gets no answer: EXCUSED, tests/faults/catalogue.py. It costs nothing more, and the
    connection is closed, so that it need not wait.
    """
    relay = relay_with()
    onemin.script(says(Hang(), "never"))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=stream))
        (call,) = onemin.wait_for_chats(1)
        client.shutdown(socket.SHUT_WR)
        assert call.hung_up.wait(PROMPTLY)
        client.settimeout(5)
        assert client.recv(1) == b""


@pytest.mark.long
@pytest.mark.fault(41)
@pytest.mark.parametrize("stream", [False, True])
def test_who_reads_a_byte_now_and_then_is_given_up_and_fills_no_memory(
    relay_with: RelayFactory,
    onemin: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    stream: bool,
) -> None:
    """In the fiftieth part of the time: a byte each 20 ms, and 1.5 s instead of 75."""
    monkeypatch.setattr("utils.web.serving.channel.IDLE_SECONDS", 1.5)
    relay = relay_with()
    onemin.script(says(*["x" * 60_000] * 100))
    kept, most = relay.server.active_channels, 0
    with connected(relay.port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(chat_request(stream=stream))
        client.recv(1)
        until = time.monotonic() + 20
        while kept and time.monotonic() < until:
            client.recv(1)
            time.sleep(0.02)
            most = max([most, *(channel.total_outbufs_len for channel in [*kept.values()])])
        assert not kept
    assert 0 < most < (2**20 + 2 * 60_000 if stream else 7_000_000)


@pytest.mark.fault(46)
def test_a_flood_of_connections_keeps_nobody_out(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """At the limit, whoever has asked for nothing for longest makes room. Whoever waits for an
    answer keeps its place.
    """
    relay = relay_with()
    relay.server.most_clients = limit = 30
    onemin.script(says("Hel", Pause(1), "lo"))
    with connected(relay.port) as client, ExitStack() as flood:
        client.sendall(chat_request(stream=True))
        read_until(client, b"Hel")
        began = time.monotonic()
        crowd = [flood.enter_context(connected(relay.port)) for _ in range(2 * limit)]
        for number, one in enumerate(crowd):
            with suppress(OSError):
                one.sendall((b"", b"GET / HTTP/1.1\r\nX: ", chat_request()[:-1])[number % 3])
        health = HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        assert [answer.status for answer in answers(relay.port, health)] == [200]
        assert time.monotonic() - began < 10
        assert eventually(lambda: len(relay.server.active_channels) <= limit)
        assert b"[DONE]" in read_until(client, b"[DONE]")
    assert relay.chat().status_code == 200


@pytest.mark.fault(46)
def test_a_client_over_the_limit_is_refused_at_once(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """When all the others wait for answers."""
    relay = relay_with(threads=32)
    relay.server.most_clients = 16
    onemin.script(*[says("Hel", Hang())] * 16)
    with ExitStack() as clients:
        for _ in range(16):
            client = clients.enter_context(connected(relay.port))
            client.sendall(chat_request(stream=True))
            read_until(client, b"Hel")
        with connected(relay.port) as last:
            last.settimeout(5)
            with suppress(ConnectionResetError):
                assert last.recv(1) == b""
        assert all(not call.hung_up.is_set() for call in onemin.chats)


def opened_files(relay: ProcessRelay) -> int:
    return len(os.listdir(f"/proc/{relay.process.pid}/fd"))


def threads(relay: ProcessRelay) -> int:
    return len(os.listdir(f"/proc/{relay.process.pid}/task"))


@pytest.mark.long
@pytest.mark.fault(42)
@pytest.mark.parametrize("carrier", ["loop", "threads"])
def test_a_thousand_connections_opened_and_reset_leave_nothing(
    onemin: Simulator, tmp_path: Path, carrier: str
) -> None:
    """Reset at once, within the head or the body, before the first word and amid a stream."""
    chance = random.Random(42)
    with process(onemin.url, tmp_path, CARRIER=carrier, THREADS="64") as relay:
        assert all(relay.chat(stream=stream).status_code == 200 for stream in (False, True))
        time.sleep(2)  # in which threads that nobody needs have ended
        before = opened_files(relay), threads(relay)
        for number in range(1000):
            asked = chat_request(stream=number % 2 == 0)
            client = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
            with suppress(ConnectionError):
                sent = chance.choice((0, 1, 50, len(asked) - 1, len(asked)))
                client.sendall(asked[:sent])
                if sent == len(asked) and number % 3:
                    client.recv(chance.choice((1, 100)))
            reset(client)
        assert eventually(lambda: opened_files(relay) <= before[0] + 4, 30)
        assert eventually(lambda: threads(relay) <= before[1] + 2, 30)
        figures = relay.get("/metrics").text
        assert "relay_calls_in_flight 0.0" in figures
        assert relay.chat().status_code == 200
