"""What a row says is what happened, and what its client was told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.ordinary import ordinary
from simulator.replies import Reset, html, says
from simulator.server import Simulator
from tests.ledger.relays import MODEL, ended, key, row_of, rows, tokens, used
from tests.serving import ASKED, HEADERS, ThreadedRelay
from utils.domain.owner import owner

MESSAGES = ASKED["messages"]
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "required": ["a"],
        },
    },
}
WRONG_CALL = [{"role": "user", "content": 'call add with {"a": 1} [[tools=bad-arguments]]'}]


@pytest.mark.parametrize(
    ("path", "fields", "calls"),
    [
        ("/v1/chat/completions", {}, 1),
        ("/v1/chat/completions", {"n": 3}, 3),
        ("/v1/chat/completions", {"tools": [ADD], "messages": WRONG_CALL}, 2),
        ("/v1/completions", {"prompt": "hi"}, 1),
        ("/v1/messages", {"max_tokens": 99}, 1),
        ("/v1/responses", {"input": "hi"}, 1),
    ],
    ids=["chat", "three", "corrected", "completions", "messages", "responses"],
)
def test_tokens_and_credits_are_those_that_its_client_was_told(
    relay: ThreadedRelay, onemin: Simulator, path: str, fields: dict[str, Any], calls: int
) -> None:
    before = len(onemin.chats)
    reply = relay.post(path, {"model": MODEL, "messages": MESSAGES} | fields)
    assert reply.status_code == 200, reply.text
    found = row_of(relay, reply)
    assert used(found) == (*tokens(reply.json()["usage"]), "upstream")
    assert found["dialect"] == ("anthropic" if path == "/v1/messages" else "openai")
    assert found["endpoint"] == path
    assert ended(found) == (200, "", MODEL)
    assert f"{found['credits']:.15g}" == reply.headers["x-credits-used"]
    assert 0 < found["first_byte"] <= found["seconds"]
    assert len(onemin.chats) - before == calls


def test_a_stream_leaves_what_its_last_chunk_tells(relay: ThreadedRelay) -> None:
    reply = relay.chat(stream=True, stream_options={"include_usage": True}, n=2)
    *_, last, _ = (f[6:] for f in reply.text.split("\n\n") if f.startswith("data: "))
    assert used(row_of(relay, reply)) == (*tokens(json.loads(last)["usage"]), "upstream")


def test_where_nobody_counted_it_is_an_estimate_by_price(relay: ThreadedRelay) -> None:
    reply = relay.chat(messages=[{"role": "user", "content": "hi [[usage=none]]"}])
    usage, found = reply.json()["usage"], row_of(relay, reply)
    assert used(found) == (*tokens(usage), "estimated")
    price = usage["prompt_tokens"] * 0.15 + usage["completion_tokens"] * 0.6
    assert "x-credits-used" not in reply.headers
    assert found["credits"] == pytest.approx(price)
    assert found["approximate"]


def test_a_stream_that_broke_off_did_not_end_well(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hello you", Reset()))
    reply = relay.chat(stream=True)
    found = row_of(relay, reply)
    assert reply.status_code == 200
    assert ended(found) == (502, "upstream_error", MODEL)
    assert found["source"] == "estimated"
    assert found["output_tokens"] == 2


@pytest.mark.parametrize(
    ("fields", "status", "code", "model"),
    [
        ({"messages": []}, 400, "invalid_request_error", ""),
        ({"n": 99}, 400, "invalid_request_error", ""),
        ({"model": "no-such-model"}, 404, "model_not_found", ""),
    ],
)
def test_a_refusal_leaves_a_row_that_cost_nothing(
    relay: ThreadedRelay, fields: dict[str, Any], status: int, code: str, model: str
) -> None:
    reply = relay.chat(**fields)
    assert reply.status_code == status
    found = row_of(relay, reply)
    assert ended(found) == (status, code, model)
    assert (*used(found), found["credits"], found["first_byte"]) == (0, 0, "", None, None)
    assert not found["approximate"]


def test_what_1min_ai_refuses_or_fails_at_is_told_by_its_status(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(html(502))
    found = row_of(relay, relay.chat())
    assert ended(found) == (502, "upstream_error", MODEL)
    assert used(found) == (0, 0, "")


def test_a_call_over_a_limit_leaves_a_row(relay: ThreadedRelay) -> None:
    limited = key(relay, requests=1)
    sent = [relay.post("/v1/chat/completions", ASKED, headers=limited) for _ in range(2)]
    assert [reply.status_code for reply in sent] == [200, 429]
    found = row_of(relay, sent[1])
    assert ended(found) == (429, "rate_limit_exceeded", "")
    assert found["key_id"].startswith("key_")


@pytest.mark.fault(78)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_nobody_vouches_for_a_key_that_1min_ai_refuses_so_it_leaves_nothing(
    relay: ThreadedRelay, path: str
) -> None:
    bad = {"Authorization": "Bearer bad-key"}
    body = {"model": MODEL, "messages": MESSAGES, "input": "hi"}
    for fields in ({}, {"model": "no-such-model"}, {"stream": True}):
        assert relay.post(path, body | fields, headers=bad).status_code in (401, 404)
    assert rows(relay, "owner", owner("bad-key")) == []


def test_a_model_that_stands_in_is_named(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(html(502))
    reply = relay.chat(model="gpt-4.1")
    assert reply.headers["x-relay-fallback"] == "gpt-4o"
    assert ended(row_of(relay, reply)) == (200, "", "gpt-4o")


def test_a_model_that_stands_in_needs_no_budget_of_its_own(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(html(502))
    asked = ASKED | {"model": "gpt-4.1", "max_tokens": 50}
    reply = relay.post("/v1/chat/completions", asked, headers=key(relay, monthly_tokens=100))
    assert reply.status_code == 200


@pytest.mark.parametrize("words", ["", "first say Hello there, then "])
def test_what_was_spent_before_a_failure_is_booked_once(
    relay: ThreadedRelay, onemin: Simulator, words: str
) -> None:
    onemin.script(ordinary, html(502))
    messages = [{"role": "user", "content": words + WRONG_CALL[0]["content"]}]
    reply = relay.chat(tools=[ADD], messages=messages, stream=True)
    assert ("Hell" in reply.text) is bool(words)
    found = row_of(relay, reply)
    assert ended(found) == (502, "upstream_error", MODEL)
    assert found["source"] == "upstream"
    assert 280 < found["input_tokens"] < 560


def test_what_asks_no_model_leaves_no_row(relay: ThreadedRelay) -> None:
    for path in ("/v1/models", "/v1/files", "/v1/usage"):
        reply = relay.get(path)
        assert reply.status_code == 200
        assert rows(relay, "request_id", reply.headers["x-request-id"]) == []
    counted = relay.post("/v1/messages/count_tokens", {"model": MODEL, "messages": MESSAGES})
    assert counted.status_code == 200
    options = relay.session.options(relay.url + "/v1/chat/completions", headers=HEADERS)
    for reply in (counted, options):
        assert rows(relay, "request_id", reply.headers["x-request-id"]) == []
