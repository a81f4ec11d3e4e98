from __future__ import annotations

import gc
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from simulator.replies import Cut, Hang, Pause, Reply, Reset, events, html, raw, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.serving import ThreadedRelay
from tests.tls import tls_front


@pytest.mark.fault(34)
def test_connections_are_kept_and_used_again(relay: ThreadedRelay, onemin: Simulator) -> None:
    for stream in (False, True, False, True):
        assert relay.chat(stream=stream).status_code == 200
    assert len({call.connection for call in onemin.chats}) == 1


@pytest.mark.fault(34)
def test_a_kept_connection_that_died_is_replaced_silently(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    assert relay.chat().status_code == 200
    onemin.close_idle_connections()
    assert relay.chat().status_code == 200
    assert len(onemin.chats) == 2
    assert len({call.connection for call in onemin.chats}) == 2


def test_a_connection_is_not_used_again_after_an_unfinished_answer(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(events(upstream_event("content", content="Hel"), Cut()))
    relay.chat(stream=True)
    assert relay.chat().status_code == 200
    assert len({call.connection for call in onemin.chats}) == 2


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.fault(17, 18, 21, 23, 31, 33, 81)
@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
@pytest.mark.parametrize(
    "reply",
    [
        raw(Reset()),
        raw(Cut()),
        raw(OK + b'Content-Length: 100\r\n\r\n{"aiRec'),
        raw(OK + b'Content-Length: 7\r\n\r\n{"aiRecord":{}}'),
        raw(CHUNKED + b'7\r\n{"aiRec\r\n'),
        raw(CHUNKED + b"zz\r\n"),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        raw(OK + b"X: " + b"a" * 140_000 + b"\r\n\r\n"),
        raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
        Reply(302, {"Location": "http://169.254.169.254/"}),
        Reply(200, body=(b"{}",)),
        Reply(200, body=(b'{"aiRecord": null}',)),
        Reply(200),
        html(200),
        html(522),
        refusal(500, "X", "SECRET-DETAIL"),
    ],
)
def test_nonsense_from_upstream_is_a_502_and_the_next_call_works(
    relay: ThreadedRelay, onemin: Simulator, reply: Reply, *, stream: bool
) -> None:
    onemin.script(reply)
    answer = relay.chat(stream=stream)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert "SECRET-DETAIL" not in answer.text
    assert "<html" not in answer.text
    assert len(onemin.chats) == 1, "a paid call is never made twice"
    assert relay.chat(stream=stream).status_code == 200


@pytest.mark.fault(19)
@pytest.mark.parametrize("body", [b"null", b"[1, 2]", b"42", b'"text"'])
def test_json_that_is_no_record_is_a_502(
    relay: ThreadedRelay, onemin: Simulator, body: bytes
) -> None:
    onemin.script(Reply(200, body=(body,)))
    assert relay.chat().status_code == 502


def test_nobody_listening_is_a_503_that_says_when_to_come_back(
    relay_with: RelayFactory,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    reply = relay_with(f"http://127.0.0.1:{port}").chat()
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert reply.json()["error"]["code"] == "upstream_unreachable"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts for the length of a test."""
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def test_1min_ai_is_called_through_tls(
    relay_with: RelayFactory, onemin: Simulator, authority: trustme.CA
) -> None:
    certificate = authority.issue_cert("localhost")
    with tls_front(serving(certificate), onemin.url) as port:
        relay = relay_with(f"https://localhost:{port}")
        for stream in (False, True, False):
            assert relay.chat(stream=stream).status_code == 200
    assert len({call.connection for call in onemin.chats}) == 1


def test_what_holds_no_thread_goes_through_tls(
    relay_with: RelayFactory, onemin: Simulator, authority: trustme.CA
) -> None:
    asked = {"model": "dall-e-3", "prompt": "a cat [[delay=100]]", "n": 3}
    with tls_front(serving(authority.issue_cert("localhost")), onemin.url) as port:
        reply = relay_with(f"https://localhost:{port}").post("/v1/images/generations", asked)
    assert len(reply.json()["data"]) == 3


def test_silence_and_hang_ups_are_noticed_through_tls(
    relay_with: RelayFactory, onemin: Simulator, authority: trustme.CA
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with tls_front(serving(authority.issue_cert("localhost")), onemin.url) as port:
        reply = relay_with(f"https://localhost:{port}", idle_timeout=0.6).chat(stream=True)
        assert '"code":"upstream_timeout"' in reply.text
        assert onemin.chats[0].hung_up.wait(2)


@pytest.mark.fault(24)
@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
@pytest.mark.parametrize(
    ("setting", "reply"),
    [
        ("first_byte_timeout", says(Hang(), "never")),
        ("first_byte_timeout", events("", Hang())),
        ("idle_timeout", says("Hel", Hang(), "lo")),
        ("total_timeout", says(*[part for n in range(200) for part in (f"{n} ", Pause(0.05))])),
    ],
    ids=["silence", "only-a-head", "stall", "drip"],
)
def test_each_timer_fires(
    relay_with: RelayFactory, onemin: Simulator, setting: str, reply: Reply, *, stream: bool
) -> None:
    onemin.script(reply)
    began = time.monotonic()
    answer = relay_with(**{setting: 0.6}).chat(stream=stream)
    assert '"code":"upstream_timeout"' in answer.text
    assert "[DONE]" not in answer.text
    assert answer.status_code == (200 if "chat.completion.chunk" in answer.text else 504)
    assert onemin.chats[0].hung_up.wait(2)
    assert time.monotonic() - began < 8


def test_a_refusal_that_comes_before_the_request_is_read_is_passed_on(
    relay_with: RelayFactory,
) -> None:
    """A server that refuses a big body need not read it."""
    answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def refuse() -> None:
            while True:
                connection, _ = server.accept()
                with connection:
                    if connection.recv(100).startswith(b"POST"):
                        connection.sendall(answer)
                        connection.shutdown(socket.SHUT_RDWR)
                        return

        refusing = pool.submit(refuse)
        relay = relay_with(f"http://127.0.0.1:{server.getsockname()[1]}")
        long = [{"role": "user", "content": "x" * 8_000_000}]
        reply = relay.chat(model="one-of-unknown-context", messages=long)
        refusing.result(5)
    assert reply.status_code in (401, 502), "the kernel may drop an answer that was not read"


def test_no_more_connections_are_kept_than_calls_can_be_under_way(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """What is not kept is closed: a warning about a socket left open would fail this test."""
    relay = relay_with(threads=1)
    assert relay.get("/v1/models").status_code == 200  # several lists at once
    before = {call.connection for call in onemin.calls}
    assert len(before) > 1
    relay.chat()
    gc.collect()


def test_connections_that_nobody_needs_any_more_are_closed(
    relay_with: RelayFactory, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = relay_with()
    onemin.script(*[says(Pause(0.3), "Hello")] * 8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: relay.chat(), range(8)))
        before = {call.connection for call in onemin.chats}
        assert len(before) == 8
        monkeypatch.setattr("utils.connections.MAX_IDLE", 0.0)
        relay.chat()
        monkeypatch.undo()
        onemin.script(*[says(Pause(0.3), "Hello")] * 8)
        list(pool.map(lambda _: relay.chat(), range(8)))
    assert len({call.connection for call in onemin.chats[-8:]} & before) <= 1


@pytest.mark.parametrize("status", [200, 201])
def test_every_2xx_is_an_answer(relay: ThreadedRelay, onemin: Simulator, status: int) -> None:
    record = b'{"aiRecord":{"aiRecordDetail":{"resultObject":["Hello"]}}}'
    onemin.script(Reply(status, body=(record,)))
    assert relay.chat().json()["choices"][0]["message"]["content"] == "Hello"


def test_what_goes_wrong_after_a_whole_answer_does_not_matter(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(
        events(upstream_event("content", content="Hello"), upstream_event("done"), Cut())
    )
    assert relay.chat(stream=True).text.endswith("data: [DONE]\n\n")


def test_many_credits_are_told_to_the_last(relay: ThreadedRelay, onemin: Simulator) -> None:
    usage = {"inputToken": 1, "outputToken": 1, "credit": 3012345}
    onemin.script(says("Hello", usage=usage))
    assert relay.chat().headers["x-credits-used"] == "3012345"
