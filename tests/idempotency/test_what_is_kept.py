"""Which answers are replayed, to whom, and which are made anew."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import Cut, Hang, Pause, Reply, refusal, says
from simulator.server import Simulator
from tests.backends.server import ModelServer, chunk, streaming
from tests.backends.server import refusal as server_refusal
from tests.conftest import RelayFactory
from tests.eventual import eventually
from tests.idempotency.asking import ask, bearing, is_replay, new_key, paid, request, same, slow
from tests.ledger.relays import key as relay_key
from tests.raw import connected, read_until
from tests.serving import ASKED, ThreadedRelay

STREAM = ASKED | {"stream": True}
PICTURE = {"model": "dall-e-3", "prompt": "a cat [[delay=300]]"}
SPEECH = {"model": "tts-1", "input": "Hi [[delay=300]]", "voice": "alloy"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", ASKED | {"temperature": 0.5}),
        ("/v1/chat/completions?x=1", ASKED),
        ("/v1/completions", {"model": "gpt-4o-mini", "prompt": "hi"}),
    ],
)
def test_another_request_needs_another_key(
    relay: ThreadedRelay, onemin: Simulator, path: str, body: Any
) -> None:
    """422, as the IETF's draft has it: a 409 would be sent again by both SDKs."""
    key = new_key()
    first, before = ask(relay, key), paid(onemin)
    reply = ask(relay, key, body, path)
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert (error["param"], error["code"]) == ("Idempotency-Key", "idempotency_key_reused")
    assert reply.headers["x-should-retry"] == "false"
    assert paid(onemin) == before
    assert same(first, ask(relay, key))


def test_anthropics_clients_hear_it_in_their_form(relay: ThreadedRelay) -> None:
    key, path = new_key(), "/v1/messages"
    asked = ASKED | {"max_tokens": 9}
    ask(relay, key, asked, path)
    reply = ask(relay, key, asked | {"max_tokens": 8}, path)
    assert reply.status_code == 422
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\tb"])
def test_a_key_is_short_and_printable(
    relay: ThreadedRelay, onemin: Simulator, key: str
) -> None:
    before = paid(onemin)
    headers = bearing("") | {"Idempotency-Key": key.encode()}
    reply = relay.post("/v1/chat/completions", ASKED, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "Idempotency-Key"
    assert paid(onemin) == before


@pytest.mark.parametrize("key", ["x" * 255, '"quoted, as in the draft"', "../../etc:~ !"])
def test_any_other_key_will_do(relay: ThreadedRelay, key: str) -> None:
    first, second = ask(relay, key), ask(relay, key)
    assert same(first, second)
    assert is_replay(second)


def test_everybody_has_keys_of_their_own(relay: ThreadedRelay, onemin: Simulator) -> None:
    key, before = new_key(), paid(onemin)
    one, other = (relay_key(relay)["Authorization"].removeprefix("Bearer ") for _ in "ab")
    replies = [ask(relay, key, bearer=bearer) for bearer in (one, other, "another-of-1min-ai")]
    assert not any(map(is_replay, replies))
    assert paid(onemin) == before + 3


def test_reading_needs_no_key(relay: ThreadedRelay) -> None:
    for _ in range(2):
        reply = relay.get("/v1/models", headers=bearing("one for all"))
        assert reply.status_code == 200
        assert not is_replay(reply)


@pytest.mark.parametrize(
    "failing",
    [
        refusal(429, "TOO_MANY_REQUESTS", "slow down"),
        Reply(500, body=(b"oops",)),
        Reply(503, body=(b"oops",)),
        says("Hel", Cut()),
    ],
    ids=["429", "500", "503", "cut"],
)
@pytest.mark.parametrize("body", [ASKED, STREAM], ids=["whole", "stream"])
def test_what_may_pass_is_asked_anew(
    relay: ThreadedRelay, onemin: Simulator, body: Any, failing: Reply
) -> None:
    key = new_key()
    onemin.script(failing)
    first, second, third = (ask(relay, key, body) for _ in range(3))
    assert first.status_code >= 400 or b'"error"' in first.content
    assert not is_replay(second)
    assert second.status_code == 200
    assert b'"error"' not in second.content
    assert is_replay(third)
    assert same(second, third)


def test_a_passed_on_stream_that_breaks_off_is_asked_anew(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    key, body = new_key(), STREAM | {"model": "plain"}
    server.script(streaming(chunk("Hel"), Cut()))
    first, second, third = (ask(relay, key, body) for _ in range(3))
    assert b'"error"' in first.content
    assert b"[DONE]" in second.content
    assert not is_replay(second)
    assert same(second, third)


def test_what_is_the_callers_fault_is_replayed(relay: ThreadedRelay, onemin: Simulator) -> None:
    key, before = new_key(), paid(onemin)
    first, second = (ask(relay, key, ASKED | {"max_tokens": "many"}) for _ in range(2))
    assert first.status_code == 400
    assert same(first, second)
    assert is_replay(second)
    assert paid(onemin) == before


def test_a_servers_refusal_of_the_request_is_replayed(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    key, body, before = new_key(), ASKED | {"model": "plain"}, len(server.calls)
    server.script(server_refusal(400, "Too hot."))
    first, second = (ask(relay, key, body) for _ in range(2))
    assert first.status_code == 400
    assert same(first, second)
    assert len(server.calls) == before + 1


def test_a_model_that_is_missing_may_come(relay: ThreadedRelay) -> None:
    key, body = new_key(), ASKED | {"model": "gpt-99"}
    for _ in range(2):
        reply = ask(relay, key, body)
        assert reply.status_code == 404
        assert not is_replay(reply)


def test_nothing_is_kept_for_strangers(relay: ThreadedRelay) -> None:
    """A 400 costs nobody a key: anybody could fill the room of those who pay."""
    key, body = new_key(), ASKED | {"max_tokens": "many"}
    for _ in range(2):
        reply = ask(relay, key, body, bearer="nobody-has-seen-this-key")
        assert reply.status_code == 400
        assert not is_replay(reply)


@pytest.mark.long
def test_whoever_is_answered_is_no_stranger(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    """Not even when the status had to leave before 1min.ai said anything."""
    relay, key = relay_with(stream_commit_seconds=0.05), new_key()
    onemin.script(says(Pause(0.6), "Hello"))
    first, second = (ask(relay, key, STREAM, bearer="a-new-key-of-1min-ai") for _ in range(2))
    assert first.status_code == 200
    assert same(first, second)
    assert is_replay(second)


@pytest.mark.parametrize("body", [ASKED, STREAM], ids=["whole", "stream"])
def test_a_chat_whose_client_left_is_asked_anew(
    relay: ThreadedRelay, onemin: Simulator, body: Any
) -> None:
    """product.md 6.7: nobody goes on with it."""
    key = new_key()
    before = len(onemin.chats)
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as client:
        client.sendall(request(key, body=body))
        assert onemin.wait_for_chats(before + 1)
        if body is STREAM:
            read_until(client, b"Hel")
    assert onemin.chats[before].hung_up.wait(5)
    reply = ask(relay, key, body)
    assert reply.status_code == 200
    assert not is_replay(reply)
    assert len(onemin.chats) == before + 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/images/generations", PICTURE),
        slow("/v1/images/generations", PICTURE | {"stream": True}),
        slow("/v1/audio/speech", SPEECH),
        slow("/v1/videos", {"model": "sora-2", "prompt": "a cat"}),
    ],
)
def test_a_work_whose_client_left_waits_for_whoever_asks_again(
    relay: ThreadedRelay, onemin: Simulator, path: str, body: Any
) -> None:
    """It is paid for, and made in any case."""
    key, before = new_key(), len(onemin.features)
    with connected(relay.port) as client:
        client.sendall(request(key, path, body))
        assert eventually(lambda: len(onemin.features) == before + 1)
    reply = ask(relay, key, body, path)
    assert reply.status_code == 200
    assert is_replay(reply)
    assert len(onemin.features) == before + 1


@pytest.mark.long
def test_an_answer_in_the_background_waits_as_well(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    key, before = new_key(), len(onemin.chats)
    body = {"model": "gpt-4o-mini", "input": "hi", "background": True, "stream": True}
    onemin.script(says("Hel", Pause(0.3), "lo"))
    with connected(relay.port) as client:
        client.sendall(request(key, "/v1/responses", body))
        read_until(client, b"Hel")
    reply = ask(relay, key, body, "/v1/responses")
    assert is_replay(reply)
    assert b"response.completed" in reply.content
    assert len(onemin.chats) == before + 1


@pytest.mark.long
def test_speech_whose_client_left_amid_it_waits_too(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    key, before = new_key(), len(onemin.features)
    sound = b"\xff\xfb\x90\0" + bytes(413)
    slow = Reply(200, {"Content-Type": "audio/mpeg"}, (sound, Pause(0.3), sound))
    onemin.script_downloads(slow)
    with connected(relay.port) as client:
        client.sendall(request(key, "/v1/audio/speech", SPEECH))
        read_until(client, sound[:4])
    reply = ask(relay, key, SPEECH, "/v1/audio/speech")
    assert reply.content == 2 * sound
    assert is_replay(reply)
    assert len(onemin.features) == before + 1
