"""What a call comes to in the ledger, whoever counted it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.replies import Hang, raw
from tests.backends.server import ModelServer, answer, chunk, refusal, streaming
from tests.ledger.relays import ended, key, row, row_of, used
from tests.raw import chat_request, connected, read_until
from tests.serving import ThreadedRelay
from utils.compatible.hearing import KEPT, TAIL, Hearing
from utils.domain.chat import Usage
from utils.domain.passing import Passing
from utils.tokens import counts

COUNTED = {"usage": {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30}}
WORDS = "This is what the model said to its client."
CHOICES = [{"index": 0, "message": {"role": "assistant", "content": WORDS}}]


def whole(**fields: Any) -> bytes:
    return json.dumps({"choices": CHOICES, **fields}).encode()


@pytest.mark.fault(29)
@pytest.mark.parametrize(
    ("path", "told", "comes_to"),
    [
        ("chat/completions", whole(**COUNTED), (21, 9, "upstream")),
        ("completions", whole(usage={"prompt_tokens": 3}), (3, 0, "upstream")),
        ("images/generations", b'{"usage":{"input_tokens":4,"output_tokens":5}}',
         (4, 5, "upstream")),
        ("images/generations", b'{"data":[{"url":"x"}]}', (0, 0, "")),
        ("audio/speech", b'{"usage":{"type":"duration","seconds":3}}', (0, 0, "")),
        ("chat/completions", whole(usage={"prompt_tokens": 0, "completion_tokens": 0}), None),
        ("chat/completions", whole(usage=None), None),
        ("chat/completions", whole(usage={"prompt_tokens": "many"}), None),
        ("chat/completions", whole(usage={"prompt_tokens": True}), None),
        ("chat/completions", whole(usage={"prompt_tokens": 10**23}), None),
        ("chat/completions", whole(usage={"prompt_tokens": -1}), None),
        ("chat/completions", whole(echo={"usage": {"total_tokens": 1}}), None),
        ("chat/completions", whole(**COUNTED, echo={"usage": {"total_tokens": 1}}),
         (21, 9, "upstream")),
    ],
)  # fmt: skip
def test_a_whole_answers_usage_is_booked(
    relay: ThreadedRelay, server: ModelServer, path: str, told: bytes, comes_to: object
) -> None:
    server.script(answer(told))
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}], "input": "hi"}
    reply = relay.post(f"/v1/{path}", body)
    assert reply.status_code == 200
    found = row_of(relay, reply)
    if comes_to is None:
        read, written, source = used(found)
        assert 0 < read < 10
        assert (written, source) == (counts.count(WORDS, "plain"), "estimated")
        assert reply.headers["x-usage-source"] == "estimated"
    else:
        assert (
            found["input_tokens"] or 0,
            found["output_tokens"] or 0,
            found["source"] or "",
        ) == comes_to
    assert (*ended(found), found["backend"]) == (200, "", "plain", "house")


@pytest.mark.fault(29)
def test_a_streams_last_usage_is_booked(relay: ThreadedRelay, server: ModelServer) -> None:
    trap = chunk('{"usage": {"prompt_tokens": 1}}')
    first = chunk("Hel", usage={"prompt_tokens": 21, "completion_tokens": 1})
    server.script(streaming(first, trap, chunk("", **COUNTED)[:-1], b"\ndata: [DONE]\n\n"))
    reply = relay.chat(model="plain", stream=True)
    assert used(row_of(relay, reply)) == (21, 9, "upstream")


ECHO = {"results": [{"document": {"usage": {"total_tokens": 1}}, "score": 1}]}
LARGE = {"data": "x" * (KEPT + 2 * TAIL)}


def heard(data: bytes, *, is_stream: bool = False) -> Usage:
    asked = Passing(path="", model="plain", headers={}, body=lambda *_: [data], words="hi")
    hearing = Hearing(asked, is_stream=is_stream)
    pieces = (data[at : at + 9999] for at in range(0, len(data), 9999))
    assert b"".join(hearing.heard(pieces)) == data
    usage = hearing.usage()
    assert usage
    return usage


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (COUNTED | LARGE, "upstream"),
        (LARGE | COUNTED, "upstream"),
        (LARGE | COUNTED | {"tier": "default", "at": None}, "upstream"),
        (LARGE | ECHO | COUNTED | {"tier": "default"}, "upstream"),
        (COUNTED | LARGE | ECHO, "upstream"),
        (LARGE | {"text": ', "usage": {}'} | COUNTED, "upstream"),
        (LARGE | ECHO, "estimated"),
        (ECHO | LARGE, "estimated"),
        (LARGE | {"text": json.dumps(COUNTED)}, "estimated"),
        ({"within": LARGE | COUNTED}, "estimated"),
        ([LARGE | COUNTED], "estimated"),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_of_a_large_answer_only_its_own_usage_counts(
    answer: object, source: str, indent: int | None
) -> None:
    usage = heard(json.dumps(answer, indent=indent).encode())
    told = Usage(21, 9) if source == "upstream" else None
    assert usage == (told or Usage(counts.count("hi", "plain"), 0, "estimated"))


@pytest.mark.parametrize(
    ("event", "source"),
    [
        (COUNTED | ECHO, "upstream"),
        (LARGE | COUNTED, "upstream"),
        (ECHO, "estimated"),
        (LARGE | ECHO, "estimated"),
        (LARGE | {"text": json.dumps(COUNTED)}, "estimated"),
        ({"within": LARGE | COUNTED}, "estimated"),
    ],
)
def test_of_a_streams_events_only_their_own_usage_counts(event: object, source: str) -> None:
    for before in (b"", chunk("x" * KEPT)):
        data = before + b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n"
        assert heard(data, is_stream=True).source == source


@pytest.mark.fault(29)
def test_a_stream_without_usage_is_estimated(relay: ThreadedRelay, server: ModelServer) -> None:
    server.script(
        streaming(*(chunk(word + " ") for word in WORDS.split()), b"data: [DONE]\n\n")
    )
    reply = relay.chat(model="plain", stream=True)
    read, written, source = used(row_of(relay, reply))
    assert abs(written - counts.count(WORDS + " ", "plain")) <= 1
    assert (0 < read < 10, source) == (True, "estimated")


def test_what_a_client_left_is_estimated(relay: ThreadedRelay, server: ModelServer) -> None:
    server.script(streaming(chunk(WORDS), Hang()))
    named = b"Host: relay\r\nX-Request-Id: who-left\r\n"
    with connected(relay.port) as client:
        client.sendall(
            chat_request(model="plain", stream=True).replace(b"Host: relay\r\n", named)
        )
        read_until(client, b"client")
    assert server.last.hung_up.wait(5)
    found = row(relay, "who-left")
    assert found["status"] == 499
    assert used(found)[1:] == (counts.count(WORDS, "plain"), "estimated")


def test_what_a_client_did_not_wait_for_is_what_was_read(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(raw(Hang()))
    named = b"Host: relay\r\nX-Request-Id: who-left-early\r\n"
    with connected(relay.port) as client:
        client.sendall(chat_request(model="plain").replace(b"Host: relay\r\n", named))
        call = server.wait_for(1)
    assert call.hung_up.wait(5)
    found = row(relay, "who-left-early")
    assert (found["status"], found["source"]) == (499, "estimated")
    assert (found["input_tokens"] > 0, found["output_tokens"]) == (True, 0)


def test_a_refusal_costs_nothing_and_is_told(relay: ThreadedRelay, server: ModelServer) -> None:
    server.script(refusal(429, "Slow down", "rate_limit_exceeded"))
    found = row_of(relay, relay.chat(model="plain"))
    assert ended(found) == (429, "rate_limit_exceeded", "plain")
    assert not found["input_tokens"]


def test_the_shared_core_books_a_servers_usage_too(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    body = {"model": "plain", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    found = row_of(relay, relay.post("/v1/messages", body))
    assert (used(found), found["backend"]) == ((7, 5, "upstream"), "house")


def test_a_budget_holds_for_a_servers_models(relay: ThreadedRelay, server: ModelServer) -> None:
    poor = key(relay, monthly_tokens=100)
    body = {"model": "plain", "messages": [{"role": "user", "content": "word " * 200}]}
    reply = relay.post("/v1/chat/completions", body, headers=poor)
    assert reply.status_code == 429
    assert not server.calls


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("chat/completions", {"max_completion_tokens": 1, "max_tokens": 5000}),
        ("chat/completions", {"n": 2}),
        ("completions", {"max_tokens": 2000, "prompt": ["one", "two", "three"]}),
    ],
)
def test_a_budget_holds_for_all_that_a_server_is_asked_for(
    relay: ThreadedRelay, server: ModelServer, path: str, fields: dict[str, Any]
) -> None:
    poor = key(relay, monthly_tokens=4900)
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}], **fields}
    assert relay.post(f"/v1/{path}", body, headers=poor).status_code == 429
    assert not server.calls
    small = body | {"max_tokens": 9, "max_completion_tokens": 9}
    assert relay.post(f"/v1/{path}", small, headers=poor).ok
