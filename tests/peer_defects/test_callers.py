"""Defects seen in other relays for 1min.ai: callers, told apart and served at once."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.limits.calling import statuses, vouched
from tests.limits.conftest import Clock
from tests.memcached import Memcached
from tests.peer_defects.hearing import text_of
from tests.raw import chat_request, connected, read_until
from tests.serving import ASKED, HEADERS, KEY, ThreadedRelay, process


def test_keys_that_begin_alike_are_two_callers(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1)
    vouched(relay, "k" * 200 + "a", "k" * 200 + "b")
    assert statuses(relay, 1, "k" * 200 + "a") == [200]
    assert statuses(relay, 2, "k" * 200 + "b") == [200, 429]


def test_callers_at_once_get_no_more_than_their_allowance(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=5)
    with ThreadPoolExecutor(16) as pool:
        sent = [pool.submit(requests.get, f"{relay.url}/v1/models", headers=HEADERS, timeout=9)
                for _ in range(40)]  # fmt: skip
    assert sorted(reply.result().status_code for reply in sent) == [200] * 5 + [429] * 35


def test_a_refused_caller_that_keeps_asking_is_let_in_again(
    relay_with: RelayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", clock := Clock())
    relay = relay_with(rate_limit_requests=2)
    assert statuses(relay, 12) == [200] * 2 + [429] * 10
    clock.advance(120 - clock() % 60)  # the refused ones never counted
    relay.session.close()  # the connection is too old now
    assert statuses(relay, 3) == [200, 200, 429]


@pytest.mark.fault(80)
def test_memcached_never_learns_a_key(relay_with: RelayFactory, memcached: Memcached) -> None:
    relay = relay_with(
        rate_limit_requests=9999, memcached_host="127.0.0.1", memcached_port=memcached.port
    )
    held, deadline = b"", time.monotonic() + 10
    while not (b"requests" in held and b"gpt-4o-mini" in held):  # limits and catalog
        assert time.monotonic() < deadline
        assert statuses(relay, 2) == [200, 200]
        assert relay.chat().status_code == 200
        held = dump(memcached.port)
    assert KEY.encode() not in held
    assert b"127.0.0.1" not in held


def dump(port: int) -> bytes:
    """Every key and value that a Memcached holds."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"lru_crawler metadump all\r\n")
        listing = read_until(client, b"END\r\n").decode()
        names = [
            unquote(line.split()[0][4:]) for line in listing.splitlines() if "key=" in line
        ]
        values = b""
        for name in names:
            client.sendall(f"get {name}\r\n".encode())
            values += read_until(client, b"END\r\n")
    return values


# Serving


@pytest.mark.fault(36)
def test_slow_calls_hold_nobody_up(relay: ThreadedRelay, onemin: Simulator) -> None:
    slow = 12  # twice as many as a relay with six threads could bear
    onemin.script(*[says(Hang(), "never")] * slow)
    with ExitStack() as clients:
        for _ in range(slow):
            clients.enter_context(connected(relay.port)).sendall(chat_request())
        onemin.wait_for_chats(slow)
        assert relay.get("/v1/models", timeout=3).status_code == 200
        assert relay.post("/v1/chat/completions", ASKED, timeout=3).status_code == 200


@pytest.mark.fault(70)
def test_nobody_but_1min_ai_is_ever_called(onemin: Simulator, tmp_path: Path) -> None:
    """Not at the start, not for a tokenizer, not for the machine's own address."""
    called = tmp_path / "called"
    called.touch()
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def note(event, args):\n"
        "    if event == 'socket.connect' or event == 'socket.getaddrinfo':\n"
        f"        print(event[7:], *args, file=open({str(called)!r}, 'a'))\n"
        "sys.addaudithook(note)\n"
    )
    with process(onemin.url, tmp_path, PYTHONPATH=str(tmp_path)) as relay:
        assert relay.get("/healthz").status_code == 200
        assert "connect" not in called.read_text()
        onemin.script(says("Hello", usage=None), says("Hello", usage=None))
        assert text_of(relay.chat()) == text_of(relay.chat(stream=True)) == "Hello"
        assert relay.get("/v1/models").status_code == 200
        relay.session.close()
    port = onemin.url.rpartition(":")[2]
    connected_to = [line for line in called.read_text().splitlines() if "connect" in line]
    assert connected_to
    assert all(line.endswith(f"('127.0.0.1', {port})") for line in connected_to)
    looked_up = re.findall(r"getaddrinfo (\S+)", called.read_text())
    assert set(looked_up) <= {"127.0.0.1", "0.0.0.0"}, "addresses, not names"
