"""Names, connections and certificates that fail: each by a code of its own, and never around
TLS.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import trustme

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.faults.upstream.ways import PASSED, SURFACE, relay_file
from tests.routes.heard import whole_and_streamed
from tests.tls import tls_front

Serve = Callable[[socket.socket], object]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """One that this machine trusts for the length of a test."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(file := tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


@contextmanager
def serving(serve: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """A port, and what each connection to it began with."""
    seen: list[bytes] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    seen.append(connection.recv(16))
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)


def refused(
    relay_with: RelayFactory, onemin: Simulator, url: str, **settings: Any
) -> list[Any]:
    """What a relay tells whose 1min.ai, or whose server, is at this URL."""
    relays = [
        relay_with(url, **settings),
        relay_with(file=relay_file(url), **settings),
    ]
    assert relays[1].chat().status_code == 200
    replies = [relays[0].chat(), relays[0].chat(stream=True), PASSED.ask(relays[1])]
    return [(reply.status_code, reply.json()["error"]["code"]) for reply in replies]


@pytest.mark.fault(35)
def test_a_name_that_nobody_knows_is_told(relay_with: RelayFactory, onemin: Simulator) -> None:
    told = refused(relay_with, onemin, "http://no-such-host.invalid")
    assert told == [(503, "upstream_dns_failed")] * 3


@pytest.mark.fault(35)
@whole_and_streamed
def test_a_name_that_nobody_answers_for_is_given_up(
    relay_with: RelayFactory,
    onemin: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    stream: bool,
) -> None:
    answered, over = socket.getaddrinfo, Event()

    def slow(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host == "slow.example":
            over.wait(30)
            raise socket.gaierror
        return answered(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    reply = relay_with("http://slow.example", connect_timeout=0.1).chat(stream=stream)
    assert not over.is_set()
    over.set()
    assert (reply.status_code, reply.json()["error"]["code"]) == (504, "upstream_timeout")


def plain(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def nothing(connection: socket.socket) -> None:
    """It hangs up."""


@pytest.mark.fault(35)
@pytest.mark.parametrize("serve", [plain, nothing])
def test_a_server_without_tls_is_never_asked_without(
    relay_with: RelayFactory, onemin: Simulator, serve: Serve
) -> None:
    with serving(serve) as (port, seen):
        told = refused(relay_with, onemin, f"https://localhost:{port}")
        assert [status for status, _ in told] == [503] * 3
        if serve is plain:
            assert {code for _, code in told} == {"upstream_tls_failed"}
    assert seen
    assert all(begun.startswith(b"\x16\x03") for begun in seen), "nothing but handshakes"


def silent(connection: socket.socket) -> None:
    while connection.recv(9999):
        pass


@pytest.mark.fault(35)
def test_a_handshake_that_never_ends_is_given_up(relay_with: RelayFactory) -> None:
    with serving(silent) as (port, _):
        reply = relay_with(f"https://localhost:{port}", connect_timeout=0.2).chat()
    assert (reply.status_code, reply.json()["error"]["code"]) == (504, "upstream_timeout")


@pytest.mark.fault(35)
@pytest.mark.parametrize("fault", ["unsigned", "another name", "expired", "not yet valid"])
def test_a_certificate_that_proves_nothing_is_told(
    relay_with: RelayFactory, onemin: Simulator, authority: trustme.CA, fault: str
) -> None:
    certificate = {
        "unsigned": lambda: trustme.CA().issue_cert("localhost"),
        "another name": lambda: authority.issue_cert("api.example"),
        "expired": lambda: authority.issue_cert("localhost", not_after=datetime(2020, 1, 1)),
        "not yet valid": lambda: authority.issue_cert(
            "localhost", not_before=datetime(2100, 1, 1), not_after=datetime(2101, 1, 1)
        ),
    }[fault]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with tls_front(context, onemin.url) as port:
        told = refused(relay_with, onemin, f"https://localhost:{port}{SURFACE}")
    assert told == [(503, "upstream_certificate_invalid")] * 3
