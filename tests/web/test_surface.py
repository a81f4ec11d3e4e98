"""What every answer has in common: errors, headers, paths."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until
from tests.serving import ASKED, HEADERS, ThreadedRelay


def envelope(body: dict[str, Any]) -> dict[str, Any]:
    assert list(body) == ["error"]
    assert set(body["error"]) == {"message", "type", "param", "code"}
    error: dict[str, Any] = body["error"]
    return error


@pytest.mark.fault(54)
def test_an_unknown_path_is_a_404_in_openais_envelope(relay: ThreadedRelay) -> None:
    reply = relay.get("/v1/nowhere")
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")
    assert envelope(reply.json())["code"] == "not_found"


@pytest.mark.fault(54)
def test_a_wrong_method_is_a_405_that_names_the_right_one(relay: ThreadedRelay) -> None:
    reply = relay.get("/v1/chat/completions")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "OPTIONS, POST")
    assert envelope(reply.json())["code"] == "method_not_allowed"


@pytest.mark.fault(51)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_a_413(
    relay_with: RelayFactory, onemin: Simulator, *, chunked: bool
) -> None:
    relay = relay_with(max_body_mb=1)
    body = json.dumps(ASKED | {"user": "x" * 1_060_000}).encode()
    data: Any = iter([body[:500_000], body[500_000:]]) if chunked else body
    reply = relay.post("/v1/chat/completions", None, data=data)
    assert reply.status_code == 413
    assert envelope(reply.json())["code"] == "request_too_large"
    assert not onemin.chats


@pytest.mark.fault(80)
def test_our_own_mistake_is_a_500_that_tells_nothing(
    relay: ThreadedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(relay.services.catalog, "at_hand", broken)
    reply = relay.chat()
    assert reply.status_code == 500
    assert envelope(reply.json())["code"] == "internal_error"
    assert "secret" not in reply.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"},
     {"x-api-key": "two words"}, {"x-api-key": "k" * 600}],
)  # fmt: skip
def test_without_a_usable_key_nothing_is_called(
    relay: ThreadedRelay, onemin: Simulator, headers: dict[str, str]
) -> None:
    reply = relay.post("/v1/chat/completions", ASKED, headers=headers)
    assert reply.status_code == 401
    error = envelope(reply.json())
    assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    assert not onemin.chats


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "api-key"])
def test_the_key_may_come_in_three_headers(
    relay: ThreadedRelay, onemin: Simulator, name: str
) -> None:
    value = "Bearer my-key" if name == "Authorization" else "my-key"
    assert relay.post("/v1/chat/completions", ASKED, headers={name: value}).status_code == 200
    assert onemin.chats[0].headers["api-key"] == "my-key"


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions", "/chat/completions", "/v1/chat/completions/",
     "//v1//chat/completions", "/chat/completions/"],
)  # fmt: skip
def test_the_prefix_and_stray_slashes_do_not_matter(relay: ThreadedRelay, path: str) -> None:
    assert relay.post(path, ASKED).status_code == 200


def test_the_root_lists_the_endpoints_and_refuses_a_chat(relay: ThreadedRelay) -> None:
    assert "POST /v1/chat/completions" in relay.get("/").json()["endpoints"]
    reply = relay.post("/", ASKED)
    assert reply.status_code == 400
    assert "Incorrect endpoint" in envelope(reply.json())["message"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 262_140 + b"\r\n\r\n", 431),
    ],
)
def test_http_that_cannot_be_read_is_refused_in_the_envelope(
    relay: ThreadedRelay, request_: bytes, status: int
) -> None:
    with connected(relay.port) as client:
        client.sendall(request_)
        head, _, body = read_until(client, b"no such mark").partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert b"request-id" in head.lower()
    assert envelope(json.loads(body))["type"]


def test_health_needs_no_key(relay: ThreadedRelay) -> None:
    for path in ("/", "/healthz", "/readyz"):
        assert relay.get(path, headers={}).status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [("my-id_1", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("é", False)],
)
def test_every_answer_carries_a_request_id(
    relay: ThreadedRelay, given: str, *, kept: bool
) -> None:
    sent: Any = HEADERS | {"x-request-id": given.encode()}
    answers = [
        relay.get("/v1/models", headers=sent),
        relay.get("/v1/nowhere", headers=sent),
        relay.post("/v1/chat/completions", ASKED | {"stream": True}, headers=sent),
    ]
    for reply in answers:
        assert (reply.headers["x-request-id"] == given) is kept
        assert reply.headers["x-request-id"]
    assert (len({reply.headers["x-request-id"] for reply in answers}) == 1) is kept


ORIGIN = {"Origin": "https://page.example"}


@pytest.mark.fault(88, 90)
def test_a_preflight_needs_no_key_and_touches_nothing(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(rate_limit_requests=1)
    asked = ORIGIN | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
    }
    for path in ("/v1/chat/completions", "/v1/models", "/v1/nowhere", "/chat/completions/"):
        reply = relay.session.options(relay.url + path, headers=asked, timeout=5)
        assert reply.status_code == 204
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in reply.headers["Access-Control-Allow-Methods"]
        allowed = reply.headers["Access-Control-Allow-Headers"].lower().replace(" ", "")
        assert set(allowed.split(",")) == {"authorization", "content-type", "x-stainless-os"}
        assert "Access-Control-Allow-Credentials" not in reply.headers
    assert not onemin.calls


def test_a_page_may_read_answers_errors_and_streams(relay: ThreadedRelay) -> None:
    answers = [
        relay.get("/v1/models", headers=ORIGIN),
        relay.get("/v1/nowhere", headers=ORIGIN),
        relay.post("/v1/chat/completions", ASKED | {"stream": True}, headers=HEADERS | ORIGIN),
    ]
    for reply in answers:
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-request-id" in reply.headers["Access-Control-Expose-Headers"]


@pytest.mark.fault(89)
def test_an_answer_says_the_same_to_whoever_is_no_page(relay: ThreadedRelay) -> None:
    for path in ("/v1/models", "/v1/nowhere", "/admin", "/admin/keys"):
        told = [
            [(k, v) for k, v in relay.get(path, headers=sent).headers.items() if "Access" in k]
            for sent in (HEADERS | ORIGIN, HEADERS)
        ]
        assert told[0] == told[1], path
        assert (len(told[0]) == 2) is not path.startswith("/admin"), path


@pytest.mark.fault(87)
def test_only_the_named_origins_may_call(relay_with: RelayFactory) -> None:
    relay = relay_with(cors_origins=("https://page.example",))
    for origin, allowed in {
        "https://page.example": True,
        "https://page.example.evil.example": False,
        "https://evil.example": False,
        "null": False,
    }.items():
        reply = relay.get("/v1/models", headers={"Origin": origin})
        assert ("Access-Control-Allow-Origin" in reply.headers) is allowed


def test_a_kept_connection_carries_request_after_request(relay: ThreadedRelay) -> None:
    with connected(relay.port) as client:
        for _ in range(3):
            client.sendall(chat_request())
            assert b"200 OK" in read_until(client, b'"usage"')


def test_a_whole_answer_arrives_in_one_piece(relay: ThreadedRelay) -> None:
    with connected(relay.port) as client:
        for _ in range(20):
            client.sendall(chat_request())
            piece = client.recv(65536)
            assert piece.startswith(b"HTTP/1.1 200 OK")
            assert b'"usage"' in piece


def test_the_log_tells_why_a_call_was_refused(
    relay: ThreadedRelay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="relay.calls")
    relay.chat(model="no-such-model")
    relay.chat(temperature=9)
    deadline = time.monotonic() + 5
    ends: list[str] = []
    while len(ends) < 2 and time.monotonic() < deadline:  # a line comes after its answer
        ends = [message.rsplit(" ", 1)[1] for message in caplog.messages if " 40" in message]
    assert ends == ["model_not_found", "invalid_request_error"]
