"""What is handed on without a thread, and clients that do not read it."""

from __future__ import annotations

import socket

from simulator.replies import Reply
from tests.backends.server import ModelServer
from tests.raw import connected
from tests.serving import KEY, ThreadedRelay

SOUND = b"ID3" + bytes(8 * 2**20)  # more than sockets and waitress take at once
SPOKEN = Reply(200, {"Content-Type": "audio/mpeg"}, (SOUND,))
BODY = b'{"model":"speaker","input":"hi","voice":"alloy"}'


def asking(relay: ThreadedRelay, client: socket.socket) -> None:
    head = (
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: relay\r\nx-api-key: {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    client.sendall(head.encode() + BODY)
    assert client.recv(12) == b"HTTP/1.1 200"


def drawn(relay: ThreadedRelay) -> int:
    return relay.post(
        "/v1/images/generations", {"model": "dall-e-3", "prompt": "a"}
    ).status_code


def test_a_client_that_reads_late_gets_all_of_it_and_holds_up_nobody(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(SPOKEN)
    with connected(relay.port) as client:
        asking(relay, client)
        assert drawn(relay) == 200
        assert relay.chat().status_code == 200
        client.settimeout(10)
        seen = 0
        while seen < len(SOUND):
            data = client.recv(2**20)
            assert data
            seen += len(data)


def test_clients_that_leave_in_the_midst_of_it_harm_nobody(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    for _ in range(3):
        server.script(SPOKEN)
        with connected(relay.port) as client:
            asking(relay, client)
    assert relay.get("/healthz").status_code == 200
    assert drawn(relay) == 200
    assert relay.chat().status_code == 200
