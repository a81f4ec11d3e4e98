"""/v1/messages over plain HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.limits.calling import vouched
from tests.messages.sdk import HEADERS, MODELS, asked
from tests.serving import ASKED, KEY, ThreadedRelay

ENVELOPE = {"type", "error", "request_id"}


def envelope(body: dict[str, Any]) -> dict[str, str]:
    assert body.keys() == ENVELOPE
    assert body["type"] == "error"
    error: dict[str, str] = body["error"]
    assert error.keys() - {"details"} == {"type", "message"}
    return error


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"Authorization": f"Bearer {KEY}"}])
@pytest.mark.parametrize("path", ["/v1/messages", "/messages/", "//v1/messages?beta=true"])
def test_the_key_and_the_path_may_come_in_many_forms(
    relay: ThreadedRelay, onemin: Simulator, path: str, headers: dict[str, str]
) -> None:
    reply = relay.post(path, asked("hi"), headers=headers)
    assert reply.json()["type"] == "message"
    assert onemin.chats[-1].headers["api-key"] == KEY


def test_an_error_is_anthropics_wherever_it_arises(
    relay: ThreadedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/v1/messages", "/messages", "/messages/", "/v1/messages/count_tokens"):
        reply = relay.post(path, MODELS, headers=HEADERS)
        assert reply.status_code == 400
        assert envelope(reply.json()) == {
            "type": "invalid_request_error",
            "message": "messages: this field is required",
        }
        assert reply.json()["request_id"] == reply.headers["request-id"]
        unknown = relay.post(path, MODELS, headers={})
        assert envelope(unknown.json())["type"] == "authentication_error"
    reply = relay.post("/v1/messages/batches", MODELS, headers=HEADERS)
    assert (reply.status_code, envelope(reply.json())["type"]) == (404, "not_found_error")
    reply = relay.get("/messages/", headers=HEADERS)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "OPTIONS, POST")
    assert envelope(reply.json())["type"] == "invalid_request_error"

    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(relay.services.catalog, "at_hand", broken)
    reply = relay.post("/v1/messages", asked("hi"), headers=HEADERS)
    assert (reply.status_code, envelope(reply.json())["type"]) == (500, "api_error")
    assert "secret" not in reply.text


def test_where_both_have_a_url_the_header_decides(relay: ThreadedRelay) -> None:
    for path in ("/v1/models/no/such", "/models/no/such"):
        assert envelope(relay.get(path, headers=HEADERS).json())["type"] == "not_found_error"
        assert relay.get(path).json()["error"]["code"] == "model_not_found"
    chat = relay.post("/v1/chat/completions", ASKED | {"n": 0}, headers=HEADERS)
    assert chat.json()["error"]["param"] == "n"


def test_the_relays_own_limits_are_told_in_anthropics_terms(
    relay_with: RelayFactory,
) -> None:
    relay = relay_with(rate_limit_requests=1)
    vouched(relay)
    replies = [relay.post("/v1/messages", asked("hi"), headers=HEADERS) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert envelope(replies[1].json())["type"] == "rate_limit_error"
    assert int(replies[1].headers["Retry-After"]) >= 1
    full = relay_with("http://127.0.0.1:9")
    reply = full.post("/v1/messages", asked("hi"), headers=HEADERS)
    assert (reply.status_code, envelope(reply.json())["type"]) == (503, "overloaded_error")


def test_what_has_no_effect_is_named(relay: ThreadedRelay) -> None:
    fields = asked("hi", temperature=1, top_k=4, metadata={"user_id": "u"})
    reply = relay.post("/v1/messages", fields, headers=HEADERS)
    assert reply.headers["x-relay-ignored"] == "temperature, top_k, metadata"
    assert reply.headers["x-usage-source"]


def test_a_client_may_look_whether_somebody_is_there(relay: ThreadedRelay) -> None:
    reply = relay.session.head(relay.url + "/", timeout=5)
    assert (reply.status_code, reply.content) == (200, b"")
