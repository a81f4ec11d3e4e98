"""A relay that may open no more files, sockets among them."""

from __future__ import annotations

import resource
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.faults.limited import descriptors, limited, processor_seconds
from tests.raw import chat_request, connected, read_until
from tests.serving import Relay, process

pytestmark = [pytest.mark.fault(94), pytest.mark.long]

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n"


def test_whoever_is_in_is_answered_and_whoever_waits_is_when_there_is_room(
    onemin: Simulator, tmp_path: Path
) -> None:
    with process(onemin.url, tmp_path, PYTHONDEVMODE="") as relay, ExitStack() as stack:
        assert relay.chat().status_code == 200
        client = stack.enter_context(connected(relay.port))
        client.sendall(HEALTH)
        assert b"200 OK" in read_until(client, b"}")
        with limited(relay, resource.RLIMIT_NOFILE, descriptors(relay) + 2):
            crowd = [stack.enter_context(connected(relay.port)) for _ in range(30)]
            for one in crowd:
                one.sendall(HEALTH)
            used, began = processor_seconds(relay), time.monotonic()
            client.sendall(HEALTH)
            assert b"200 OK" in read_until(client, b"}")
            time.sleep(2)
            spent = processor_seconds(relay) - used
            assert spent < (time.monotonic() - began) / 8, "it does nothing but try"
        assert all(b"200 OK" in read_until(one, b"}") for one in crowd)
        assert relay.log.stat().st_size < 100_000
        assert Relay(relay.port).chat().status_code == 200


def test_a_call_that_needs_one_and_gets_none_is_told_so(
    onemin: Simulator, tmp_path: Path
) -> None:
    """No connection to 1min.ai can be made: that is unreachable, and nothing of it was sent."""
    with process(onemin.url, tmp_path, PYTHONDEVMODE="") as relay:
        assert relay.chat().status_code == 200
        onemin.script(says("Hel", Hang(), "lo"))
        with connected(relay.port) as client:
            client.sendall(chat_request(stream=True))  # it takes the connection that is kept
            assert read_until(client, b"Hel")
            with limited(relay, resource.RLIMIT_NOFILE, descriptors(relay)):
                reply = relay.chat()
            assert reply.status_code == 503
            assert reply.json()["error"]["code"] == "upstream_unreachable"
            assert len(onemin.chats) == 2
        assert relay.chat().status_code == 200
