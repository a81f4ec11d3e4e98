from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from threading import Event
from typing import Any

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until
from tests.serving import ThreadedRelay
from utils.onemin import models

PROMPTLY = 1.0  # seconds (product rule 6.7)


def leave(client: socket.socket, *, reset: bool) -> None:
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.fault(37, 38)
@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_leaving_before_the_first_byte_hangs_up_on_1min_ai(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool, reset: bool
) -> None:
    onemin.script(says(Hang(), "never"))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=stream))
        (call,) = onemin.wait_for_chats(1)
        leave(client, reset=reset)
        assert call.hung_up.wait(PROMPTLY)


@pytest.mark.fault(39)
@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_leaving_in_the_middle_of_a_stream_hangs_up(
    relay: ThreadedRelay, onemin: Simulator, *, reset: bool
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=True))
        read_until(client, b"Hel")
        leave(client, reset=reset)
        assert onemin.chats[0].hung_up.wait(PROMPTLY)


@pytest.mark.fault(39)
def test_leaving_a_stream_that_never_pauses_hangs_up(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    words = [part for word in range(400) for part in (f" {word}", Pause(0.01))]
    onemin.script(says(*words))
    with connected(relay.port) as client:
        client.sendall(chat_request(stream=True))
        read_until(client, b" 3")
        leave(client, reset=False)
        assert onemin.chats[0].hung_up.wait(PROMPTLY)


@pytest.mark.fault(37)
def test_leaving_half_way_through_a_whole_answer_hangs_up(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as client:
        client.sendall(chat_request())
        (call,) = onemin.wait_for_chats(1)
        leave(client, reset=False)
        assert call.hung_up.wait(PROMPTLY)


@pytest.mark.fault(37)
def test_a_seat_is_free_again_after_its_client_left(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(threads=1)
    onemin.script(says(Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request())
        (call,) = onemin.wait_for_chats(1)
        leave(client, reset=False)
        assert call.hung_up.wait(PROMPTLY)
    with relay.services.seats:
        pass  # acquired, so it was given back
    assert relay.chat().status_code == 200


def test_a_call_beyond_the_last_seat_is_refused_at_once_and_health_still_answers(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(threads=1)
    onemin.script(says(Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request())
        onemin.wait_for_chats(1)
        reply = relay.chat()
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
        assert relay.get("/healthz").status_code == 200
    assert len(onemin.chats) == 1


@pytest.mark.long
def test_leaving_while_1min_ai_reads_a_large_request_hangs_up(
    relay_with: RelayFactory,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        relay = relay_with(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with connected(relay.port) as client:
            words = [{"role": "user", "content": "x" * 20_000_000}]
            unknown = "a-model-of-unknown-context"  # in others so many words have no room
            client.sendall(chat_request(model=unknown, messages=words))
            lists = len(models.FEATURES)  # the other call asks for the chat
            calls = [deaf.accept()[0] for _ in range(lists + 1)]
            chat = next(call for call in calls if call.recv(4, socket.MSG_PEEK) == b"POST")
            leave(client, reset=False)
            chat.settimeout(PROMPTLY)
            time.sleep(PROMPTLY)  # reading sooner would let the request through
            with suppress(ConnectionResetError):
                while chat.recv(2**20):
                    pass
        for call in calls:
            call.close()


@pytest.mark.fault(37)
def test_leaving_while_the_relay_connects_sends_nothing(
    relay_with: RelayFactory, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connecting = Event()
    connect = socket.create_connection

    def slowly(*args: Any, **options: Any) -> socket.socket:
        connecting.set()
        time.sleep(1)
        return connect(*args, **options)

    relay = relay_with()
    relay.get("/v1/models")
    with connected(relay.port) as client:
        monkeypatch.setattr("urllib3.util.connection.create_connection", slowly)
        client.sendall(chat_request())
        assert connecting.wait(5)
        leave(client, reset=False)
    time.sleep(1.5)
    assert not onemin.chats
