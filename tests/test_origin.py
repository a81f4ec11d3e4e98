from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from simulator.replies import Cut, Hang, Pause, Reply, Reset, events, html, raw, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.serving import ThreadedRelay


def test_connections_are_kept_and_used_again(relay: ThreadedRelay, onemin: Simulator) -> None:
    for stream in (False, True, False, True):
        assert relay.chat(stream=stream).status_code == 200
    assert len({call.connection for call in onemin.chats}) == 1


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
        raw(OK + b"X: " + b"a" * 70_000 + b"\r\n\r\n"),
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


def test_an_unknown_host_is_a_503(relay_with: RelayFactory) -> None:
    reply = relay_with("http://no-such-host.invalid").chat()
    assert reply.json()["error"]["code"] == "upstream_unreachable"


def test_a_certificate_nobody_signed_is_refused(
    relay_with: RelayFactory, tmp_path: Path
) -> None: ...


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


def test_an_endless_answer_is_given_up_in_bounded_memory(
    relay: ThreadedRelay, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.origin.MAX_ANSWER", 2**20)
    onemin.script(Reply(200, body=(b'{"a": "', *[b"x" * 65536] * 40), framing="close"))
    assert relay.chat().status_code == 502
