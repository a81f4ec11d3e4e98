"""Chats longer than what their model reads."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import refusal, said, whole_and_streamed
from tests.serving import ThreadedRelay

MODEL = "gpt-3.5-turbo"  # reads 16385 tokens
TOO_LONG = (400, "context_length_exceeded", "messages")
TRIM = {"x-relay-trim": "oldest"}


def turn(role: str, mark: str, words: int = 5_000, **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": f"{mark} {'word ' * words}", **fields}


CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
LONG = [
    turn("system", "RULES", 2_000),
    turn("user", "FIRST"),
    turn("assistant", "CALLED", 4_000, tool_calls=[CALL]),
    turn("tool", "RESULT", 4_000, tool_call_id="c1"),
    turn("user", "SECOND"),
    turn("assistant", "ANSWER", 100),
    turn("user", "LAST", 3_000),
]
MARKS = [str(message["content"]).split()[0] for message in LONG]


def asked(relay: ThreadedRelay, messages: Any = LONG, **fields: Any) -> Any:
    headers = {"Authorization": "Bearer a-key", **fields.pop("headers", {})}
    body = {"model": MODEL, "messages": messages, **fields}
    return relay.post("/v1/chat/completions", body, headers=headers)


def marks(onemin: Simulator) -> list[str]:
    prompt = onemin.chats[-1].json["promptObject"]["prompt"]
    return [mark for mark in MARKS if mark in prompt]


@whole_and_streamed
def test_a_chat_too_long_is_refused_before_it_costs_anything(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    reply = asked(relay, stream=stream)
    assert refusal(reply) == TOO_LONG
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert "16385 tokens" in reply.json()["error"]["message"]
    assert not onemin.chats


@whole_and_streamed
def test_its_oldest_turns_are_left_out_if_the_request_says_so(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    reply = asked(relay, headers=TRIM, stream=stream)
    assert reply.status_code == 200
    assert marks(onemin) == ["RULES", "SECOND", "ANSWER", "LAST"]
    messages, tokens = reply.headers["x-relay-trimmed"].split(", ")
    assert messages == "3 messages"
    assert int(tokens.removesuffix(" tokens")) > 11_000


def test_no_more_is_left_out_than_must_be(relay: ThreadedRelay, onemin: Simulator) -> None:
    shorter = [message for message in LONG if not message["content"].startswith("SECOND")]
    reply = asked(relay, shorter, headers=TRIM)
    assert marks(onemin) == ["RULES", "CALLED", "RESULT", "ANSWER", "LAST"]
    assert reply.headers["x-relay-trimmed"].startswith("1 messages, ")


def test_a_chat_that_fits_is_not_trimmed(relay: ThreadedRelay) -> None:
    assert "x-relay-trimmed" not in asked(relay, said("hi"), headers=TRIM).headers


def test_what_may_not_be_left_out_is_refused(relay: ThreadedRelay, onemin: Simulator) -> None:
    assert refusal(asked(relay, [turn("user", "ALL", 20_000)], headers=TRIM)) == TOO_LONG
    assert not onemin.chats


def test_the_operator_may_allow_it_and_the_request_forbid_it(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(context_trim="oldest")
    assert "x-relay-trimmed" in asked(relay).headers
    assert refusal(asked(relay, headers={"x-relay-trim": "off"})) == TOO_LONG
    assert len(onemin.chats) == 1


@pytest.mark.parametrize("value", ["newest", "", "true", "oldest, off"])
def test_what_says_nothing_about_trimming_is_refused(
    relay: ThreadedRelay, onemin: Simulator, value: str
) -> None:
    reply = asked(relay, said("hi"), headers={"x-relay-trim": value})
    assert refusal(reply) == (400, None, "x-relay-trim")
    assert not onemin.chats


def test_what_tools_declare_counts(relay: ThreadedRelay, onemin: Simulator) -> None:
    function = {"name": "look", "description": "word " * 17_000}
    reply = asked(relay, said("hi"), tools=[{"type": "function", "function": function}])
    assert refusal(reply) == TOO_LONG
    assert not onemin.chats
