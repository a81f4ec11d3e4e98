"""When one of the server's keys is refused the next one pays, at once and once."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from simulator.calls import Call
from simulator.replies import Hang, Pause, Reply, event, events, refusal
from simulator.server import Simulator
from tests.onemin.pooled.pooling import GOOD, OTHER, Pooled
from tests.samples import png, wav
from tests.serving import ASKED, KEY, ThreadedRelay

REFUSED = ("bad", "broke", "limited")
LIMITED = refusal(429, "RATE_LIMITED", "Too many requests").after(Pause(0.2))

Way = Callable[[Pooled, ThreadedRelay], requests.Response]


@pytest.fixture(scope="module")
def relay(pooled: Pooled) -> Iterator[ThreadedRelay]:
    """For tests after which none of its keys rests."""
    with pooled.relay(GOOD, OTHER) as relay:
        yield relay


def posts(path: str, **body: Any) -> Way:
    return lambda pooled, relay: pooled.post(relay, path, body)


def transcribes(pooled: Pooled, relay: ThreadedRelay) -> requests.Response:
    form = {"data": {"model": "whisper-1"}, "files": {"file": ("a.wav", wav("Hello."))}}
    return pooled.post(relay, "/v1/audio/transcriptions", **form)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def seeing(data: bytes) -> dict[str, Any]:
    url = f"data:image/png;base64,{encoded(data)}"
    content = [
        {"type": "text", "text": "Look."},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return ASKED | {"messages": [{"role": "user", "content": content}]}


CHAT = "/v1/chat/completions"
CAT = {"prompt": "a cat", "model": "dall-e-3"}
WAYS: dict[str, Way] = {
    "a chat": posts(CHAT, **ASKED),
    "a streamed chat": posts(CHAT, **ASKED, stream=True),
    "a chat about a picture": posts(CHAT, **seeing(png(7))),
    "a chat that draws": posts(CHAT, **ASKED | {"model": "dall-e-3"}),
    "pictures": posts("/v1/images/generations", **CAT, n=3),
    "speech": posts("/v1/audio/speech", model="tts-1", input="Hello.", voice="nova"),
    "a transcript": transcribes,
    "a video": posts("/v1/videos", model="sora-2", prompt="a cat"),
}


def counted(calls: list[Call]) -> Counter[str]:
    """Calls that cost, by their key."""
    paths = ("/api/chat-with-ai", "/api/features")
    return Counter(call.headers["api-key"] for call in calls if call.path in paths)


@pytest.mark.parametrize("way", WAYS)
def test_the_next_key_pays_for_what_one_is_refused(
    pooled: Pooled, onemin: Simulator, way: str
) -> None:
    bad, broke, limited = (pooled.first(kind, GOOD) for kind in REFUSED)
    with pooled.relay(bad, broke, limited, GOOD) as relay:
        for attempts in ({bad, broke, limited, GOOD}, {GOOD}):
            seen = len(onemin.calls)
            reply = WAYS[way](pooled, relay)
            assert reply.status_code == 200, reply.text
            assert b'"error":{' not in reply.content
            calls = onemin.calls[seen:]
            assert {call.headers.get("api-key", GOOD) for call in calls} == attempts
            paid = counted(calls)
            assert paid.pop(GOOD) == (3 if way == "pictures" else 1)
            assert all(number <= (3 if way == "pictures" else 1) for number in paid.values())


def test_the_native_chat_is_paid_by_the_next_key_as_well(
    pooled: Pooled, onemin: Simulator
) -> None:
    bad = pooled.first("bad", GOOD)
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    with pooled.relay(bad, GOOD, one_min_chat="auto") as relay:
        seen = len(onemin.native_calls)
        reply = pooled.chat(relay, "say exactly: Hello", tools=[tool])
        assert reply.status_code == 200, reply.text
        bearers = [call.headers["authorization"] for call in onemin.native_calls[seen:]]
        assert bearers[-1] == f"Bearer {GOOD}"
        assert len(bearers) == len({*bearers})


ENDS = {
    "bad": (503, "upstream_credentials", 300),
    "broke": (429, "insufficient_quota", 900),
    "limited": (429, "rate_limit_exceeded", 7),
}


@pytest.mark.parametrize("kind", ENDS)
def test_when_no_key_is_left_the_client_hears_for_how_long(
    pooled: Pooled, onemin: Simulator, kind: str
) -> None:
    status, code, wait = ENDS[kind]
    keys = [f"{kind}-key-of-the-server-{number}" for number in range(3)]
    with pooled.relay(*keys) as relay:
        for attempts in (3, 0):
            seen = len(onemin.calls)
            reply = pooled.chat(relay)
            assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
            assert 1 <= int(reply.headers["Retry-After"]) <= wait
            assert "settings" not in reply.text
            assert len(counted(onemin.calls[seen:])) == attempts


def test_a_relay_without_keys_names_the_setting(pooled: Pooled) -> None:
    with pooled.relay() as relay:
        reply = pooled.chat(relay)
        assert reply.status_code == 503
        assert "ONE_MIN_API_KEYS" in reply.json()["error"]["message"]


FAILURES: dict[str, Reply] = {
    "a refused request": refusal(400, "X", "No."),
    "a 500": refusal(500, "X", "No."),
    "a 403": refusal(403, "X", "No."),
    "a model that is not there": refusal(400, "UNSUPPORTED_MODEL", "No."),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_no_key_has_caused_is_not_asked_again_and_lets_none_rest(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator, failure: str
) -> None:
    onemin.script(FAILURES[failure])
    seen = len(onemin.chats)
    assert pooled.chat(relay).status_code >= 400
    assert pooled.chat(relay).status_code == 200
    first, second = onemin.chats[seen:]
    assert first.headers["api-key"] == second.headers["api-key"]
    assert not any(account.resting for account in relay.services.pool.state())


def test_what_the_servers_account_may_not_is_told_as_such(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(FAILURES["a 403"])
    reply = pooled.chat(relay)
    assert reply.status_code == 403
    assert "this relay's account" in reply.json()["error"]["message"]


def test_after_a_word_nobody_else_is_asked(pooled: Pooled, onemin: Simulator) -> None:
    failed = event("error", errorCode="RATE_LIMITED", message="Too many requests")
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script(events(event("content", content="Hel"), failed))
        seen = len(onemin.chats)
        reply = pooled.chat(relay, stream=True)
        assert "Hel" in reply.text
        assert "rate_limit_exceeded" in reply.text
        assert "[DONE]" not in reply.text
        assert len(onemin.chats[seen:]) == 1


def test_before_a_word_somebody_else_is(pooled: Pooled, onemin: Simulator) -> None:
    failed = event("error", errorCode="RATE_LIMITED", message="Too many requests")
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script(events(failed))
        seen = len(onemin.chats)
        assert pooled.chat(relay, stream=True).text.endswith("data: [DONE]\n\n")
        assert {call.headers["api-key"] for call in onemin.chats[seen:]} == {GOOD, OTHER}


def test_a_picture_that_is_being_made_is_not_ordered_twice(
    pooled: Pooled, onemin: Simulator
) -> None:
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script_results(refusal(401, "HTTP_EXCEPTION", "API key has been deleted"))
        seen = len(onemin.features)
        reply = pooled.post(relay, "/v1/images/generations", CAT)
        assert (reply.status_code, reply.json()["error"]["code"]) == (
            503,
            "upstream_credentials",
        )
        assert reply.headers["x-should-retry"] == "false"
        assert len(onemin.features[seen:]) == 1


def test_pictures_of_which_some_are_paid_are_not_ordered_again(
    pooled: Pooled, onemin: Simulator
) -> None:
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script_features(LIMITED)
        seen = len(onemin.features)
        reply = pooled.post(relay, "/v1/images/generations", CAT | {"n": 2})
        assert reply.status_code == 429
        assert reply.headers["x-should-retry"] == "false"
        assert "/images/" in reply.json()["error"]["message"]
        assert len({call.headers["api-key"] for call in onemin.features[seen:]}) == 1


def test_speech_of_which_a_part_may_be_paid_is_not_asked_for_again(
    pooled: Pooled, onemin: Simulator
) -> None:
    """The part is on its way when another is refused, and then comes to nothing."""
    long = {"model": "qwen3-tts-flash", "input": "Hello. " * 160, "voice": "Cherry"}
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script_features(LIMITED)
        onemin.script_results(refusal(400, "X", "No."))
        seen = len(onemin.features)
        reply = pooled.post(relay, "/v1/audio/speech", long)
        assert reply.headers["x-should-retry"] == "false"
        keys = [call.headers["api-key"] for call in onemin.features[seen:]]
        assert len(keys) == 2
        assert len({*keys}) == 1


def hearing(*recordings: bytes) -> dict[str, Any]:
    content = [
        {"type": "input_audio", "input_audio": {"data": encoded(data), "format": "wav"}}
        for data in recordings
    ]
    return ASKED | {"messages": [{"role": "user", "content": content}]}


def test_a_recording_that_is_being_heard_is_not_heard_for_another_account(
    pooled: Pooled, onemin: Simulator
) -> None:
    with pooled.relay(GOOD, OTHER) as relay:
        onemin.script_assets(LIMITED)
        onemin.script_features(Reply(body=(Hang(),)))
        seen = len(onemin.calls)
        reply = pooled.post(relay, CHAT, hearing(wav("One."), wav("Two.")))
        assert reply.status_code == 429
        keys = [call.headers.get("api-key") for call in onemin.calls[seen:]]
        assert len({*filter(None, keys)}) == 1


def test_a_key_that_is_used_up_leaves_the_rest_to_the_next(
    pooled: Pooled, onemin: Simulator
) -> None:
    poor = pooled.first("poor", GOOD)
    with pooled.relay(poor, GOOD) as relay:
        seen = len(onemin.chats)
        assert [pooled.chat(relay).status_code for _ in range(3)] == [200] * 3
        keys = [call.headers["api-key"] for call in onemin.chats[seen:]]
        assert keys == [poor, poor, GOOD, GOOD]


def test_a_callers_own_bad_key_is_told_as_it_is(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.chats)
    own = {"Authorization": "Bearer bad-key-of-a-caller"}
    assert relay.post(CHAT, ASKED, headers=own).status_code == 401
    assert relay.chat().status_code == 200
    keys = {call.headers["api-key"] for call in onemin.chats[seen:]}
    assert keys == {"bad-key-of-a-caller", KEY}


def test_no_words_of_a_callers_let_an_account_rest(
    pooled: Pooled, relay: ThreadedRelay, onemin: Simulator
) -> None:
    seen = len(onemin.calls)
    said = {"model": "tts-1", "input": "Hello.", "voice": "no credits left"}
    reply = pooled.post(relay, "/v1/audio/speech", said)
    assert reply.status_code == 400
    assert len(onemin.calls) == seen + 1
    assert not any(account.resting for account in relay.services.pool.state())
