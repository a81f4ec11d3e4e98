"""Whoever asks again with the same Idempotency-Key gets the same answer, and pays once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.server import Simulator
from tests.backends.server import ModelServer, answer
from tests.eventual import eventually
from tests.idempotency.asking import ask, bearing, is_replay, new_key, paid, request, same, slow
from tests.ledger.relays import month, row_of, rows
from tests.raw import connected, read_until
from tests.samples import png, wav
from tests.serving import ASKED, ThreadedRelay

SAID = [{"role": "user", "content": "hi"}]
CLAUDE = {"model": "claude-sonnet-4-5", "max_tokens": 50, "messages": SAID}
PICTURE = {"model": "dall-e-3", "prompt": "a cat"}
SPEECH = {"model": "tts-1", "input": "Hi", "voice": "alloy"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", ASKED),
        ("/v1/chat/completions", ASKED | {"stream": True}),
        ("/v1/chat/completions", {"model": "plain", "messages": SAID}),
        ("/v1/chat/completions", {"model": "plain", "messages": SAID, "stream": True}),
        ("/v1/completions", {"model": "gpt-4o-mini", "prompt": "hi"}),
        ("/v1/responses", {"model": "gpt-4o-mini", "input": "hi"}),
        ("/v1/responses", {"model": "gpt-4o-mini", "input": "hi", "stream": True}),
        slow("/v1/responses/compact", {"model": "gpt-4o-mini", "input": "hi"}),
        ("/v1/messages", CLAUDE),
        ("/v1/messages", CLAUDE | {"stream": True}),
        ("/v1/images/generations", PICTURE),
        slow("/v1/images/generations", PICTURE | {"response_format": "b64_json"}),
        slow("/v1/images/generations", PICTURE | {"stream": True}),
        ("/v1/audio/speech", SPEECH),
        slow("/v1/audio/speech", SPEECH | {"stream_format": "sse"}),
        slow("/v1/videos", {"model": "sora-2", "prompt": "a cat"}),
        ("/v1/moderations", {"model": "plain", "input": "hi"}),
        slow("/v1/rerank", {"model": "plain", "query": "hi", "documents": ["a"]}),
    ],
)
def test_any_answer_is_replayed_to_the_byte(
    relay: ThreadedRelay, onemin: Simulator, server: ModelServer, path: str, body: Any
) -> None:
    key, before = new_key(), paid(onemin, server)
    first, second = (ask(relay, key, body, path) for _ in range(2))
    assert first.status_code == 200, first.text
    assert not is_replay(first)
    assert is_replay(second)
    assert same(first, second)
    assert paid(onemin, server) == before + 1


def test_vectors_are_replayed(relay: ThreadedRelay, server: ModelServer) -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    told = {"object": "list", "data": [vector], "model": "plain", "usage": usage}
    server.script(answer(json.dumps(told).encode()))
    key, before = new_key(), len(server.calls)
    body = {"model": "plain", "input": "hi"}
    first, second = (ask(relay, key, body, "/v1/embeddings") for _ in range(2))
    assert first.status_code == 200, first.text
    assert same(first, second)
    assert len(server.calls) == before + 1


@pytest.mark.parametrize(
    ("path", "fields", "file"),
    [
        ("/v1/audio/transcriptions", {"model": "whisper-1"}, ("a.wav", wav("Hello"))),
        ("/v1/images/edits", {"model": "gpt-image-1", "prompt": "x"}, ("a.png", png())),
        ("/v1/files", {"purpose": "user_data"}, ("a.txt", b"Hello")),
    ],
)
def test_a_form_is_the_same_whatever_its_boundary(
    relay: ThreadedRelay, onemin: Simulator, path: str, fields: dict[str, str], file: Any
) -> None:
    """Clients that try again write it anew."""
    key, before = new_key(), len(onemin.features)
    name = "image" if "images" in path else "file"
    first, second, other = (
        relay.post(path, data=fields, files={name: given}, headers=bearing(key))
        for given in (file, file, (file[0], file[1] + b"\0"))
    )
    assert first.status_code == 200, first.text
    assert is_replay(second)
    assert same(first, second)
    assert other.status_code == 422
    assert len(onemin.features) - before == (path != "/v1/files")


def test_an_answer_in_the_background_is_begun_once(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    key, before = new_key(), paid(onemin)
    body = {"model": "gpt-4o-mini", "input": "hi", "background": True}
    first, second = (ask(relay, key, body, "/v1/responses") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert eventually(lambda: paid(onemin) == before + 1)


def test_a_run_is_begun_once(relay: ThreadedRelay) -> None:
    thread = relay.post("/v1/threads", {"messages": SAID}).json()["id"]
    made = relay.post("/v1/assistants", {"model": "gpt-4o-mini"}).json()["id"]
    key, path = new_key(), f"/v1/threads/{thread}/runs"
    runs = {ask(relay, key, {"assistant_id": made}, path).json()["id"] for _ in range(3)}
    assert len(runs) == 1
    assert len(relay.get(path).json()["data"]) == 1


def test_the_headers_of_an_answer_are_replayed(relay: ThreadedRelay) -> None:
    key, body = new_key(), ASKED | {"temperature": 0.5}
    first, second = ask(relay, key, body), ask(relay, key, body)
    for name in ("x-usage-source", "x-credits-used", "x-relay-ignored"):
        assert first.headers[name] == second.headers[name]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_path_is_the_same_in_every_spelling(relay: ThreadedRelay) -> None:
    key = new_key()
    first = ask(relay, key, path="/v1/chat/completions")
    assert same(first, ask(relay, key, path="/v1/v1//chat/completions/"))


def test_a_replay_is_no_call(relay: ThreadedRelay) -> None:
    key = new_key()
    row_of(relay, ask(relay, key))
    before = month(relay, bearing("x"))
    second = ask(relay, key)
    assert is_replay(second)
    assert month(relay, bearing("x")) == before
    row_of(relay, ask(relay, new_key()))  # which was over after the replay
    assert rows(relay, "request_id", second.headers["x-request-id"]) == []


def test_a_replay_goes_out_in_one_write(relay: ThreadedRelay) -> None:
    """Also a stream's: it is all there."""
    key, body = new_key(), ASKED | {"stream": True}
    first = ask(relay, key, body)
    with connected(relay.port) as client:
        client.sendall(request(key, body=body))
        told = read_until(client, b"[DONE]\n\n")
    assert told.endswith(b"\r\n\r\n" + first.content)


def test_browsers_may_read_that_an_answer_is_replayed(relay: ThreadedRelay) -> None:
    key = new_key()
    headers = bearing(key) | {"Origin": "https://page.example"}
    for _ in range(2):
        reply = relay.post("/v1/chat/completions", ASKED, headers=headers)
        assert "Idempotent-Replayed" in reply.headers["Access-Control-Expose-Headers"]
    assert is_replay(reply)
