"""The server below: connections kept and left, bodies of both framings, what is no HTTP."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.simulator.peer import (
    PATH,
    asked,
    chat,
    connected,
    dialled,
    exchange,
    read_to_end,
    read_until,
    request,
    written,
)

KEY = {"API-KEY": "key"}
HELLO = asked("say exactly: Hello.")


def test_a_connection_carries_many_calls(sim: Simulator) -> None:
    with closing(connected(sim)) as connection:
        for path in (PATH, f"{PATH}?isStreaming=true", PATH):
            assert exchange(connection, "POST", path, HELLO, KEY).text == "Hello."
    assert {call.connection for call in sim.calls} == {1}


def test_two_connections_have_two_numbers(sim: Simulator) -> None:
    chat(sim, "Hi")
    chat(sim, "Hi")
    assert [call.connection for call in sim.calls] == [1, 2]


def test_a_client_that_asks_for_a_close_gets_one(sim: Simulator) -> None:
    answer = request(sim, "POST", PATH, HELLO, {**KEY, "Connection": "close"})
    assert answer.headers["connection"] == "close"


def test_a_chunked_body_is_read(sim: Simulator) -> None:
    with closing(connected(sim)) as connection:
        body = iter([HELLO[:9], HELLO[9:]])
        connection.request("POST", PATH, body, KEY, encode_chunked=True)
        assert b"Hello." in connection.getresponse().read()


def test_a_request_may_come_byte_by_byte(sim: Simulator) -> None:
    with dialled(sim) as sock:
        for byte in written(HELLO):
            sock.send(bytes([byte]))
        assert b"Stream completed" in read_until(sock, b"0\r\n\r\n")


def test_pipelined_requests_are_answered_in_turn(sim: Simulator) -> None:
    first, second = asked("say exactly: One."), asked("say exactly: Two.")
    with dialled(sim) as sock:
        sock.sendall(written(first, PATH) + written(second, PATH))
        data = read_until(sock, b'["Two."]')
    assert data.index(b'["One."]') < data.index(b'["Two."]')


def test_a_body_announced_with_expect_is_asked_for(sim: Simulator) -> None:
    head, _, body = written(HELLO).partition(b"\r\n\r\n")
    with dialled(sim) as sock:
        sock.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert read_until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        sock.sendall(body)
        assert b"Stream completed" in read_until(sock, b"0\r\n\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense",
        b"GET / HTTP/1.1",
        b"GET http://elsewhere/ HTTP/1.1\r\nHost: sim",
        b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: +5",
        b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"POST / HTTP/1.1\r\nHost : sim",
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_closed(
    sim: Simulator, head: bytes
) -> None:
    with dialled(sim) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert read_to_end(sock).startswith(b"HTTP/1.1 400 ")


def test_an_unknown_path_is_a_404(sim: Simulator) -> None:
    assert request(sim, "GET", PATH).status == 404


@pytest.mark.parametrize("silence", [Pause(30), Hang()])
def test_a_peer_that_leaves_during_silence_is_noticed(
    sim: Simulator, silence: Pause | Hang
) -> None:
    sim.script(says("Hel", silence, "lo."))
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        read_until(sock, b"Hel")
        call = sim.wait_for_chats(1)[0]
        assert not call.hung_up.is_set()
    assert call.hung_up.wait(0.5)
    assert not call.answered.is_set()


def test_a_peer_that_leaves_before_the_head_is_noticed(sim: Simulator) -> None:
    sim.script(says(Hang()))
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        call = sim.wait_for_chats(1)[0]
    assert call.hung_up.wait(0.5)


def test_a_peer_that_reads_everything_was_answered(sim: Simulator) -> None:
    chat(sim, "Hi")
    call = sim.calls[0]
    assert call.answered.wait(0.5)
    assert not call.hung_up.is_set()


def test_idle_connections_are_closed_from_the_server_side(sim: Simulator) -> None:
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        read_until(sock, b"0\r\n\r\n")
        sim.close_idle_connections()
        assert sock.recv(1) == b""


def test_a_busy_connection_is_not_idle(sim: Simulator) -> None:
    sim.script(says("Hel", Pause(0.4), "lo."))
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        read_until(sock, b"Hel")
        sim.close_idle_connections()
        assert b"lo." in read_until(sock, b"0\r\n\r\n")


def test_closing_ends_connections_and_threads_and_blames_no_peer() -> None:
    sim = Simulator()
    sim.script(says("Hel", Hang()))
    with dialled(sim) as busy, dialled(sim):
        busy.sendall(written(HELLO))
        read_until(busy, b"Hel")
        started = time.monotonic()
        sim.close()
        assert time.monotonic() - started < 1
    assert not sim.calls[0].hung_up.is_set()
    assert not [name for name in _threads() if name.startswith("simulator")]


def test_a_large_body_arrives_whole(sim: Simulator) -> None:
    prompt = "word " * 400_000
    chat(sim, prompt)
    assert sim.calls[0].json["promptObject"]["prompt"] == prompt
    assert json.loads(sim.calls[0].body)["model"] == "gpt-4o-mini"


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]
