from __future__ import annotations

import socket
import struct

import pytest

from simulator.replies import Hang, Pause, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until
from tests.serving import ThreadedRelay

PROMPTLY = 1.0  # seconds (product rule 6.7)


def leave(client: socket.socket, *, reset: bool) -> None:
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


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


def test_leaving_half_way_through_a_whole_answer_hangs_up(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as client:
        client.sendall(chat_request())
        (call,) = onemin.wait_for_chats(1)
        leave(client, reset=False)
        assert call.hung_up.wait(PROMPTLY)


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
