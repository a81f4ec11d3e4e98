"""HTTP that is not as it should be: headers, lengths, packed bodies, redirects."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from simulator.replies import Cut, Part, Reply, raw
from simulator.server import Simulator
from tests.faults.upstream.ways import (
    PASSED,
    Way,
    complaint,
    every_way,
    text,
)
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay

OK = b"HTTP/1.1 200 OK\r\n"


def head(*lines: bytes, stream: bool) -> bytes:
    """Of an answer after which the connection closes."""
    kind = b"text/event-stream" if stream else b"application/json"
    return b"\r\n".join([OK + b"Connection: close\r\nContent-Type: " + kind, *lines, b"", b""])


def body(way: Way, *, stream: bool) -> bytes:
    return way.said("Hello") if stream else way.whole("Hello")


def fails(relay: ThreadedRelay, onemin: Simulator, way: Way, *parts: Part, stream: bool) -> str:
    """What is told where the answer is no answer; the next one is."""
    way.script(onemin, raw(*parts))
    reply = way.ask(relay, stream=stream)
    assert reply.status_code == 502 or (stream and reply.status_code == 200), reply.text
    assert complaint(reply)["type"] == "api_error"
    assert text(way.ask(relay, stream=stream))
    return reply.text


# Redirects


Elsewhere = tuple[str, list[bytes]]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """An address, and whatever is sent there."""
    seen: list[bytes] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                seen.append(connection.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", seen
        listener.shutdown(socket.SHUT_RDWR)


TARGETS = {
    301: "//{}/",
    302: "http://{}/",
    307: "file:///etc/passwd",
    308: "http://169.254.1.1",
}


@pytest.mark.fault(21)
@every_way
@whole_and_streamed
def test_a_redirect_is_a_failure_and_nobody_learns_a_key(
    relay: ThreadedRelay, onemin: Simulator, elsewhere: Elsewhere, way: Way, *, stream: bool
) -> None:
    place, seen = elsewhere
    for status, target in TARGETS.items():
        way.script(onemin, Reply(status, {"Location": target.format(place)}))
        reply = way.ask(relay, stream=stream)
        assert reply.status_code == 502
        assert "Location" not in reply.headers
        assert target.format(place) not in reply.text
    assert text(way.ask(relay, stream=stream))
    assert not seen


# Packed


@pytest.mark.fault(23)
@every_way
@whole_and_streamed
@pytest.mark.parametrize("coding", [b"GZIP", b"deflate", b"identity, gzip"])
def test_what_is_packed_is_never_unpacked(
    relay: ThreadedRelay, onemin: Simulator, way: Way, coding: bytes, *, stream: bool
) -> None:
    """It was asked not to be: a thousand bytes could be a million."""
    bomb = gzip.compress(body(way, stream=stream) + bytes(2**20))
    packed = head(
        b"Content-Encoding: " + coding, b"Content-Length: %d" % len(bomb), stream=stream
    )
    assert "packed" in fails(relay, onemin, way, packed + bomb, stream=stream)


@pytest.mark.fault(23)
@every_way
@whole_and_streamed
def test_a_transfer_that_is_packed_is_never_unpacked(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    bomb = gzip.compress(body(way, stream=stream))
    packed = head(b"Transfer-Encoding: gzip, chunked", stream=stream)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(bomb), bomb)
    fails(relay, onemin, way, packed + chunks, stream=stream)


# Headers


@pytest.mark.fault(31)
@every_way
@whole_and_streamed
def test_a_header_too_long_for_any_client_is_dropped(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    told = body(way, stream=stream)
    begun = head(
        b"X-Long: " + b"a" * 65536,
        b"X-Short: b",
        b"Content-Length: %d" % len(told),
        stream=stream,
    )
    way.script(onemin, raw(begun + told))
    reply = way.ask(relay, stream=stream)
    assert text(reply) == "Hello"
    assert "x-long" not in reply.headers
    assert reply.headers.get("x-short") == ("b" if way is PASSED else None)


@pytest.mark.fault(31)
@every_way
@whole_and_streamed
@pytest.mark.parametrize(
    "line",
    [b"X: a\nSet-Cookie: b=1", b"X: a\rSet-Cookie: b=1", b"X: a\0b", b"X: " + b"a" * 2**18],
)
def test_an_answer_whose_head_is_not_sure_is_none(
    relay: ThreadedRelay, onemin: Simulator, way: Way, line: bytes, *, stream: bool
) -> None:
    """Where one reader sees a value and another a second header, nobody knows which answer it
    is. None of it reaches a client.
    """
    told = body(way, stream=stream)
    begun = head(line, b"Content-Length: %d" % len(told), stream=stream)
    assert "Hello" not in fails(relay, onemin, way, begun + told, stream=stream)


# Lengths


@pytest.mark.fault(33)
@every_way
@whole_and_streamed
@pytest.mark.parametrize("framing", ["length", "no last chunk", "half a chunk"])
def test_a_body_that_is_shorter_than_it_said_is_no_whole_answer(
    relay: ThreadedRelay, onemin: Simulator, way: Way, framing: str, *, stream: bool
) -> None:
    told = way.word("Hel") if stream else way.whole("Hello")
    chunks = head(b"Transfer-Encoding: chunked", stream=stream)
    answer = {
        "length": head(b"Content-Length: %d" % (len(told) + 9), stream=stream) + told,
        "no last chunk": chunks + b"%x\r\n%b\r\n" % (len(told), told),
        "half a chunk": chunks + b"%x\r\n%b" % (len(told) + 9, told),
    }[framing]
    fails(relay, onemin, way, answer, Cut(), stream=stream)


@pytest.mark.fault(33)
@every_way
def test_a_length_that_cuts_an_answer_off_leaves_none(
    relay: ThreadedRelay, onemin: Simulator, way: Way
) -> None:
    told = way.whole("Hello")
    short = head(b"Content-Length: %d" % (len(told) - 9), stream=False)
    fails(relay, onemin, way, short + told, stream=False)


@pytest.mark.fault(33)
@every_way
@whole_and_streamed
def test_what_comes_after_an_answer_belongs_to_nobody(
    relay: ThreadedRelay, onemin: Simulator, way: Way, *, stream: bool
) -> None:
    """A length too short for all that is sent: what is left over is no next answer."""
    told = body(way, stream=stream)
    begun = head(b"Content-Length: %d" % len(told), stream=stream)
    begun = begun.replace(b"Connection: close\r\n", b"")
    way.script(onemin, raw(begun + told + begun + told.replace(b"Hello", b"Wrong")))
    assert text(way.ask(relay, stream=stream)) == "Hello"
    assert text(way.ask(relay, stream=stream)) != "Wrong"
    *_, before, after = way.calls(onemin)
    assert before.connection != after.connection
