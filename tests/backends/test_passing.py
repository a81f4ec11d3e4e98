"""Requests and answers that go on byte for byte."""

from __future__ import annotations

import json
from typing import Any
from weakref import ref

import pytest

from simulator.replies import Cut, Pause, Reply
from tests.backends.server import KEY, ModelServer, answer, chunk, streaming
from tests.raw import connected, read_until
from tests.sdk import client_of
from tests.serving import HEADERS, ThreadedRelay
from tests.serving import KEY as CALLERS_KEY
from utils.origin import Origin, Timeouts

SENT = HEADERS | {"Content-Type": "application/json"}
TOOLS = b'[ {"type":"function","function":{"name":"add","strict":true,"parameters":{}}} ]'
BODIES = [
    b'{"model":"plain","messages":[{"role":"user","content":"hi"}]}',
    b' {\t"messages" : [ ],\r\n "model" : "plain" , "not known":{"a":[1e400,-0.0,1.10]} }\n',
    b'{"model":"plain","seed":123456789012345678901234567890,"messages":[],"tools":'
    + TOOLS
    + b"}",
    '{"model":"plain","messages":[{"content":"Z\u00fc\u2028rich \\ud83d \\u00e9"}]}'.encode(),
    b'{"model":"pl\\u0061in","model_":"plain","nested":{"model":"other","stream":true}}',
]
PATHS = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/audio/speech",
    "/v1/images/generations",
]


def posted(relay: ThreadedRelay, path: str, body: bytes, **headers: str) -> Any:
    return relay.session.post(relay.url + path, body, headers=SENT | headers, timeout=30)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", PATHS)
def test_a_body_and_its_answer_go_on_as_they_are(
    relay: ThreadedRelay, server: ModelServer, path: str, body: bytes
) -> None:
    told = b'{ "choices":[],\n"odd": [1e999, 12345678901234567890123], "x":"\\ud83d" }\n'
    server.script(answer(told, headers={"x-vendor": "V"}))
    reply = posted(relay, path, body)
    assert (reply.status_code, reply.content) == (200, told)
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.headers["x-vendor"] == "V"
    assert (server.last.path, server.last.body) == (path, body)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b'{ "a":1 ,"model" : "renamed"}', b'{ "a":1 ,"model" : "org/its-own-name"}'),
        (b'{"model":"house","b": 1.0}', b'{"model":"org/its-own-name","b": 1.0}'),
        (b'{"model":"short","b":[ ]}', b'{"model":"plain","b":[ ]}'),
        (
            b'{"model":"argued", "temperature":0}',
            b'{"top_k": 5, "user": "u", "model":"argued", "temperature":0}',
        ),
    ],
)
def test_only_what_the_server_calls_otherwise_is_replaced(
    relay: ThreadedRelay, server: ModelServer, body: bytes, sent: bytes
) -> None:
    assert posted(relay, "/v1/chat/completions", body).status_code == 200
    assert server.last.body == sent


@pytest.mark.fault(82)
def test_the_server_is_asked_with_its_own_key_and_never_sees_the_callers(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    told = {"traceparent": "00-a-b-01", "OpenAI-Beta": "x=1", "Cookie": "c", "api-key": "k"}
    posted(relay, "/v1/chat/completions", BODIES[0], **told)
    sent = server.last.headers
    assert sent["authorization"] == f"Bearer {KEY}"
    assert sent["content-type"] == "application/json"
    assert (sent["traceparent"], sent["openai-beta"]) == ("00-a-b-01", "x=1")
    assert not {"cookie", "api-key", "x-api-key", "x-forwarded-for"} & {*sent}
    assert CALLERS_KEY not in str(server.last)


@pytest.mark.fault(82)
def test_what_is_of_one_connection_or_of_the_operators_account_stays_here(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    kept = {
        "Set-Cookie": "session=1",
        "openai-organization": "org-1",
        "x-ratelimit-remaining-requests": "3",
        "x-echo": f"key {KEY}",
        "Connection": "x-hop",
        "x-hop": "1",
        "Access-Control-Allow-Origin": "https://elsewhere",
        "x-request-id": "theirs",
    }
    server.script(answer(b"{}", headers=kept))
    reply = posted(relay, "/v1/chat/completions", BODIES[0])
    assert KEY not in str(reply.headers)
    for name in (
        "Set-Cookie",
        "openai-organization",
        "x-ratelimit-remaining-requests",
        "x-hop",
    ):
        assert name not in reply.headers
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["x-request-id"].startswith("req_")


STREAM = b'{"model":"plain","stream":true,"messages":[]}'


def test_a_stream_goes_on_as_it_is(relay: ThreadedRelay, server: ModelServer) -> None:
    parts = [
        b": hi\r\n",
        b"\r\nevent:x\r\nda",
        b"ta:\xe2\x82",
        b"\xac\n\n",
        chunk("Hel"),
        b"data: [DON",
    ]
    server.script(streaming(*parts, b"E]\n\n"))
    reply = posted(relay, "/v1/chat/completions", STREAM)
    assert reply.content == b"".join(parts) + b"E]\n\n"
    assert reply.headers["Content-Type"] == "text/event-stream"


def test_each_piece_of_a_stream_goes_on_when_it_comes(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(streaming(chunk("Hel"), Pause(20), chunk("lo")))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: r\r\nAuthorization: Bearer "
    head += CALLERS_KEY.encode() + b"\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(STREAM)
    with connected(relay.port) as client:
        client.sendall(head + STREAM)
        assert b"Hel" in read_until(client, b"Hel")
    assert server.last.hung_up.wait(5)


def test_sound_goes_on_as_it_comes(relay: ThreadedRelay, server: ModelServer) -> None:
    sound = bytes(range(256)) * 1000
    server.script(Reply(200, {"Content-Type": "audio/mpeg"}, (sound[:9], sound[9:])))
    reply = posted(relay, "/v1/audio/speech", b'{"model":"speaker","input":"hi"}')
    assert (reply.content, reply.headers["Content-Type"]) == (sound, "audio/mpeg")
    assert reply.headers["Content-Length"] == str(len(sound))


def test_sound_that_breaks_off_is_short(relay: ThreadedRelay, server: ModelServer) -> None:
    server.script(Reply(200, {"Content-Type": "audio/mpeg"}, (b"half", Cut(), b"other")))
    with connected(relay.port) as client:
        body = b'{"model":"speaker","input":"hi"}'
        head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: r\r\nx-api-key: {CALLERS_KEY}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        assert read_until(client, b"never").endswith(b"half")


# Forms


def form(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    told = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
        + data
        + b"\r\n"
        for head, data in parts
    )
    return told + f"--{boundary}--\r\n".encode()


TRAP = b'\r\nContent-Disposition: form-data; name="model"\r\n\r\nrenamed\r\n'
FILE = ('name="file"; filename="a.wav"\r\nContent-Type: audio/wav', b"\x00RIFF" + TRAP)


@pytest.mark.parametrize("path", ["audio/transcriptions", "audio/translations", "images/edits"])
@pytest.mark.parametrize("size", [10, 2**21], ids=["small", "large"])
def test_a_form_goes_on_as_it_is(
    relay: ThreadedRelay, server: ModelServer, path: str, size: int
) -> None:
    file = FILE[0], FILE[1] + b"x" * size
    body = form("B-1'", file, ('name="odd"', b"\xff\xfe"), ('name="model"', b"plain"))
    kind = 'multipart/form-data; boundary="B-1\'"'
    reply = posted(relay, f"/v1/{path}", body, **{"Content-Type": kind})
    assert reply.status_code == 200
    assert server.last.body == body
    assert server.last.headers["content-type"] == kind


@pytest.mark.parametrize("first", [False, True])
def test_in_a_form_only_the_model_is_replaced(
    relay: ThreadedRelay, server: ModelServer, *, first: bool
) -> None:
    def body(name: bytes) -> bytes:
        parts = [FILE, ('name="model"', name)]
        return form("B", *(reversed(parts) if first else parts), ('name="x"', b"renamed"))

    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    assert posted(relay, "/v1/audio/transcriptions", body(b"house"), **kind).status_code == 200
    assert server.last.body == body(b"org/its-own-name")


def test_arguments_are_added_to_a_form(relay: ThreadedRelay, server: ModelServer) -> None:
    body = form("B", ('name="model"', b"argued"), ('name="user"', b"me"), FILE)
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    assert posted(relay, "/v1/audio/transcriptions", body, **kind).status_code == 200
    added = form("B", ('name="top_k"', b"5"), ('name="temperature"', b"0.5"))
    assert server.last.body == added.removesuffix(b"--B--\r\n") + body


def test_a_body_is_not_kept_for_as_long_as_its_answer(server: ModelServer) -> None:
    server.script(streaming(chunk("Hel"), chunk("lo")))
    timeouts = Timeouts(connect=5, first_byte=5, idle=5, total=5)
    origin = Origin(server.url, name="It", timeouts=timeouts, size=1)
    body = memoryview(bytes(2**17))
    kept = ref(body)
    with origin.exchange("POST", "/chat/completions", {}, [body]) as exchange:
        del body
        pieces = exchange.pieces()
        while not exchange.status:
            next(pieces)
        assert kept() is None
        for _ in pieces:
            pass
    assert len(server.last.body) == 2**17
    origin.close()


# As the official package sees it


def test_the_official_package_hears_the_server(relay: ThreadedRelay) -> None:
    with client_of(relay) as client:
        messages: Any = [{"role": "user", "content": "hi"}]
        completion = client.chat.completions.create(model="short", messages=messages)
        assert completion.choices[0].message.content == "Hello"
        chunks = client.chat.completions.create(model="short", messages=messages, stream=True)
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello"


# What is wrong before the server is asked


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"model":"plain","model":"renamed","messages":[]}', "model"),
        (b'{"model":["plain"],"messages":[]}', "model"),
        (b'{"model":"plain","messages":[]', None),
        (b'[{"model":"plain"}]', None),
        (b'{"model":"speaker","messages":[{"role":"user","content":"hi"}]}', "model"),
    ],
)
def test_what_cannot_be_understood_is_refused_here(
    relay: ThreadedRelay, server: ModelServer, body: bytes, param: str | None
) -> None:
    reply = posted(relay, "/v1/chat/completions", body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param
    assert not server.calls


def test_a_body_that_is_too_large_is_refused_here(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    body = b'{"model":"plain","messages":"' + b"x" * (4 * 2**20) + b'"}'
    assert posted(relay, "/v1/chat/completions", body).status_code == 413
    assert not server.calls


def test_whom_nobody_vouches_for_is_not_served(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    """The server is the operator's, so any key would do."""
    for path, fields in (("chat/completions", {}), ("messages", {"max_tokens": 5})):
        body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}], **fields}
        reply = relay.post(f"/v1/{path}", body, headers={"x-api-key": "bad-key-of-nobody"})
        assert reply.status_code == 401, json.dumps(reply.json())
    assert not server.calls
