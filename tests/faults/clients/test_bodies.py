"""Bodies and paths as a stranger may send them, over a socket."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.faults.clients.typed import LAST, Answer, answers, head, post, refusal
from tests.serving import ASKED, ThreadedRelay

PACKED = b"Content-Encoding: gzip"
MEGABYTE = 2**20


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.fixture
def small(relay_with: RelayFactory) -> ThreadedRelay:
    """It takes 1 MB; over 2 MB the server refuses before the app sees anything."""
    return relay_with(max_body_mb=1)


@pytest.mark.fault(51)
def test_a_body_over_the_limit_is_refused_however_it_comes(
    small: ThreadedRelay, paid: Callable[[], int]
) -> None:
    large = json.dumps(ASKED | {"user": "x" * 3 * MEGABYTE}).encode()
    chunks = b"".join(chunk(large[at : at + 50_000]) for at in range(0, len(large), 50_000))
    for sent in (
        post(b"Content-Length: %d" % len(large), body=large),
        post(b"Content-Length: 99999999999", body=large),
        post(b"Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", body=b"fffffffff\r\n" + large),
        post(b"Content-Length: %d" % len(large), PACKED, body=large),
    ):
        refused = refusal(small.port, sent)
        assert (refused.status, refused.body["error"]["code"]) == (413, "request_too_large")
    assert not paid()


@pytest.mark.fault(51)
def test_who_sends_far_too_much_hears_why(small: ThreadedRelay) -> None:
    """A library that is still sending when it is refused must not be told of a reset alone."""
    reply = requests.post(f"{small.url}/v1/files", data=b"x" * 20 * MEGABYTE, timeout=20)
    assert reply.status_code == 413


@pytest.mark.fault(51)
def test_a_packed_body_is_refused_and_not_unpacked(
    small: ThreadedRelay, paid: Callable[[], int]
) -> None:
    bomb = gzip.compress(bytes(50 * MEGABYTE))
    for packed in (gzip.compress(json.dumps(ASKED).encode()), bomb):
        sent = post(b"Content-Length: %d" % len(packed), PACKED, LAST, body=packed)
        [answer] = answers(small.port, sent)
        told = answer.body["error"]
        assert (answer.status, told["param"]) == (400, "content-encoding")
    assert not paid()


def asked(relay: ThreadedRelay, body: bytes, path: str = "/v1/chat/completions") -> Answer:
    size = b"Content-Length: %d" % len(body)
    [answer] = answers(relay.port, post(size, LAST, body=body, path=path))
    return answer


PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/images/generations")


@pytest.mark.fault(52)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_request_is_a_400_in_openais_form(
    relay: ThreadedRelay, paid: Callable[[], int], path: str
) -> None:
    for body in (
        b"{", b"[1,2]", b"null", b"42", b'"x"', b"NaN", b"\xff", b"\x00",
        b"[" * 10_000, b'{"model":' * 10_000, b'{"model":' + b"[" * 10_000,
        b'{"model":"\\ud83d"}', b'{"model":"\xed\xa0\xbd"}',
        b'{"model":"gpt-4o-mini","n":' + b"9" * 5000 + b"}",
        b'{"model":"gpt-4o-mini","n":1e999}', b'{"model":"gpt-4o-mini","n":NaN}',
        b'{"model":["gpt-4o-mini"]}',
    ):  # fmt: skip
        answer = asked(relay, body, path)
        error = answer.body["error"]
        assert (answer.status, error["type"]) == (400, "invalid_request_error"), body[:30]
        assert set(error) == {"message", "type", "param", "code"}
        assert len(str(error)) < 1000
    assert not paid()


@pytest.mark.fault(52)
def test_a_text_of_five_megabytes_is_refused_where_it_has_no_room(
    relay: ThreadedRelay, paid: Callable[[], int]
) -> None:
    text = "x " * 2_500_000
    for fields in (
        {"messages": [{"role": "user", "content": text}]},
        {"response_format": {"type": text}},
    ):
        answer = asked(relay, json.dumps(ASKED | fields).encode())
        assert answer.status == 400
        assert len(str(answer.body)) < 1000
    assert not paid()


@pytest.mark.fault(52)
def test_of_two_equal_names_the_last_counts(relay: ThreadedRelay, onemin: Simulator) -> None:
    """The catalogue wants a 400; but nobody reads the body after the relay, so nobody can take
    the other one, and every library of JSON takes the last. Where bytes are handed on to a
    server as they came, two equal names are refused: tests/backends/test_bodies.py.
    """
    messages = json.dumps(ASKED["messages"])
    body = f'{{"model":"gpt-4o","messages":{messages},"model":"gpt-4o-mini"}}'
    answer = asked(relay, body.encode())
    assert (answer.status, answer.body["model"]) == (200, "gpt-4o-mini")
    assert onemin.chats[-1].json["model"] == "gpt-4o-mini"


@pytest.mark.fault(53)
@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        ("/v1/chat/completions", {}, "messages"),
        ("/v1/chat/completions", {"model": "gpt-4o-mini"}, "messages"),
        ("/v1/chat/completions", {"model": "gpt-4o-mini", "messages": []}, "messages"),
        ("/v1/chat/completions", ASKED | {"model": 4}, "model"),
        ("/v1/completions", {"model": "gpt-4o-mini"}, "prompt"),
        ("/v1/responses", {"model": "gpt-4o-mini"}, "input"),
        ("/v1/images/generations", {"model": "dall-e-3"}, "prompt"),
        ("/v1/audio/speech", {"model": "tts-1"}, "input"),
        ("/v1/embeddings", {"model": "text-embedding-3-small"}, "input"),
    ],
)
def test_what_is_missing_is_named(
    relay: ThreadedRelay, paid: Callable[[], int], path: str, fields: Any, param: str
) -> None:
    answer = asked(relay, json.dumps(fields).encode(), path)
    assert (answer.status, answer.body["error"]["param"]) == (400, param)
    assert not paid()


@pytest.mark.fault(53)
def test_who_names_no_model_gets_the_operators(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """No 400: DEFAULT_CHAT_MODEL is for these. Nothing is forwarded without a name."""
    relay = relay_with(default_chat_model="gpt-4o")
    for nothing in ({}, {"model": None}):
        answer = asked(relay, json.dumps({"messages": ASKED["messages"], **nothing}).encode())
        assert (answer.status, answer.body["model"]) == (200, "gpt-4o")
        assert onemin.chats[-1].json["model"] == "gpt-4o"


@pytest.mark.fault(54, 55)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1//models", 200),
        ("//v1/models//", 200),
        ("/v1/%6dodels", 200),
        ("/v1%2Fmodels", 200),
        ("/v1/./models", 404),
        ("/v1/x/../models", 404),
        ("/v1/%2e%2e/models", 404),
        ("/v1/../healthz", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/../../../../etc/passwd", 404),
        ("/v1/files/..%2f..%2frelay.db/content", 404),
        ("/v1/models/%2e%2e%2fadmin", 404),
        ("/v1/models/a%00b", 404),
        ("/v1/mod%E8les", 404),
        ("/v1/%ff%fe", 404),
        ("/v1/%u0041", 404),
        ("/v1/%", 404),
        ("/v1/models%3Fx", 404),
        ("/v1\\models", 404),
        ("/V1/MODELS", 404),
        ("/v1/models;x=1", 404),
        ("/" + "a/" * 10_000, 404),
        ("/v1/chat/completions", 405),
        ("/chat/completions/", 405),
    ],
)
def test_a_path_is_what_it_says_or_nothing(
    relay: ThreadedRelay, paid: Callable[[], int], path: str, status: int
) -> None:
    line = f"GET {path} HTTP/1.1".encode("latin-1")
    [answer] = answers(
        relay.port, head(line, b"Host: relay", b"Authorization: Bearer a-key", LAST)
    )
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert ("error" in answer.body) is (status > 200)
    assert answer.headers["Allow"] == (None if status != 405 else "OPTIONS, POST")
    assert not paid()
