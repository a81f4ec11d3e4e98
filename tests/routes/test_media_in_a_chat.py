"""Models that draw, speak or listen, asked in a chat."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from simulator.replies import Hang, Reply, failure, refusal
from simulator.server import Simulator
from tests.raw import chat_request, connected
from tests.routes.heard import chunks, heard, said, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.samples import wav
from tests.sdk import client_of
from tests.serving import ThreadedRelay

SHOWN = re.compile(r"!\[(?:Image|Variation) \d\]\((\S+)\) `\[_V\d_\]`")


@pytest.fixture
def client(relay: ThreadedRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


def recording(says: str) -> dict[str, Any]:
    data = base64.b64encode(wav(says)).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def prompt_object(onemin: Simulator) -> dict[str, Any]:
    told: dict[str, Any] = onemin.features[-1].json["promptObject"]
    return told


# Pictures


@whole_and_streamed
def test_a_model_that_draws_answers_with_a_picture(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "a dog"},
        {"role": "assistant", "content": "Here."},
        {"role": "user", "content": "a cat"},
    ]
    choice = heard(relay.chat(model="dall-e-3", messages=messages, stream=stream))
    [url] = SHOWN.findall(choice.text)
    assert choice.reason == "stop"
    assert url.startswith(onemin.asset_url)
    assert relay.session.get(url, timeout=9).content.startswith(b"\x89PNG")
    [call] = onemin.features
    assert (call.json["type"], call.json["model"]) == ("IMAGE_GENERATOR", "dall-e-3")
    assert prompt_object(onemin)["prompt"] == "a cat", "and nothing else of the chat"
    assert not onemin.chats


@whole_and_streamed
def test_a_picture_is_varied_by_its_mark(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = said("a cat --ar 16:9")
    drawn = heard(relay.chat(model="midjourney", messages=messages, stream=stream))
    urls = SHOWN.findall(drawn.text)
    assert len(urls) == 4
    messages += [{"role": "assistant", "content": drawn.text}, *said("[_V3_]")]
    varied = heard(relay.chat(model="midjourney", messages=messages, stream=stream))
    assert onemin.features[-1].json["type"] == "IMAGE_VARIATOR"
    assert urls[2].endswith(prompt_object(onemin)["imageUrl"])
    assert prompt_object(onemin)["aspect_width"] == 7
    again = SHOWN.findall(varied.text)
    messages = said(f"/v1 {again[0]}")
    assert heard(relay.chat(model="midjourney", messages=messages, stream=stream)).text
    assert again[0].endswith(prompt_object(onemin)["imageUrl"])
    assert len({*urls, *again}) == 8


def test_a_mark_without_a_picture_is_refused(relay: ThreadedRelay, onemin: Simulator) -> None:
    reply = relay.chat(model="midjourney", messages=said("[_V1_]"))
    assert refused(reply) == (400, None, "messages")
    assert not onemin.features


# Speech


@whole_and_streamed
def test_a_model_that_speaks_answers_with_a_link(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    choice = heard(relay.chat(model="tts-1", messages=said("Hello"), stream=stream))
    link = re.fullmatch(r"🔊 \[Audio\.mp3\]\((\S+)\)", choice.text)
    assert link
    assert relay.session.get(link[1], timeout=9).content.startswith(b"\xff\xfb")
    assert prompt_object(onemin)["text"] == "Hello"


def test_the_sdk_is_given_sound_where_it_asked_for_it(
    client: OpenAI, onemin: Simulator
) -> None:
    completion = client.chat.completions.create(
        model="tts-1",
        messages=[{"role": "user", "content": "Hello"}],
        modalities=["text", "audio"],
        audio={"voice": "nova", "format": "wav"},
    )
    message = completion.choices[0].message
    assert message.content is None
    assert message.audio
    assert message.audio.transcript == "Hello"
    assert base64.b64decode(message.audio.data).startswith(b"RIFF")
    assert prompt_object(onemin)["voice"] == "nova"


def test_sound_streams_as_a_delta(relay: ThreadedRelay) -> None:
    reply = relay.chat(
        model="tts-1", modalities=["audio"], audio={"voice": "nova"}, stream=True
    )
    choice = heard(reply)
    assert choice.text == ""
    assert choice.audio
    assert choice.audio["transcript"] == "hi"
    assert base64.b64decode(choice.audio["data"]).startswith(b"\xff\xfb")


@pytest.mark.parametrize("model", ["gpt-4o-mini", "dall-e-3", "whisper-1"])
def test_a_model_that_does_not_speak_is_not_asked_to(
    relay: ThreadedRelay, onemin: Simulator, model: str
) -> None:
    reply = relay.chat(model=model, modalities=["text", "audio"])
    assert refused(reply) == (400, None, "modalities")
    assert not [*onemin.chats, *onemin.features]


# Recordings


@whole_and_streamed
def test_a_model_that_listens_answers_with_what_was_said(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = [{"role": "user", "content": [recording("Guten Morgen")]}]
    choice = heard(relay.chat(model="whisper-1", messages=messages, stream=stream))
    assert (choice.text, choice.reason) == ("Guten Morgen", "stop")
    assert [upload.data for upload in onemin.uploads] == [wav("Guten Morgen")]
    assert not onemin.chats


@whole_and_streamed
def test_a_recording_may_be_linked_to(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    spoken = heard(relay.chat(model="tts-1", messages=said("Hello"))).text
    choice = heard(relay.chat(model="whisper-1", messages=said(spoken), stream=stream))
    assert choice.text
    assert spoken.endswith(f"{prompt_object(onemin)['audioUrl']})")


def test_a_model_that_listens_needs_something_to_hear(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    reply = relay.chat(model="whisper-1", messages=said("hi"))
    assert refused(reply) == (400, None, "messages")
    assert not onemin.features


# All of them


@whole_and_streamed
@pytest.mark.parametrize("model", ["dall-e-3", "tts-1"])
def test_usage_and_model_are_told(relay: ThreadedRelay, model: str, *, stream: bool) -> None:
    reply = relay.chat(model=model, stream=stream, stream_options={"include_usage": True})
    body = chunks(reply)[-1] if stream else reply.json()
    assert body["model"] == model
    assert body["usage"]["prompt_tokens"] > 0


@whole_and_streamed
@pytest.mark.parametrize("model", ["dall-e-3", "tts-1"])
def test_what_such_a_model_has_no_use_for_is_named(
    relay: ThreadedRelay, model: str, *, stream: bool
) -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    reply = relay.chat(
        model=model, stream=stream, tools=[tool], stop="a", max_tokens=5, temperature=1,
        reasoning_effort="low", response_format={"type": "json_object"},
    )  # fmt: skip
    assert heard(reply).text.count("](") == 1
    assert reply.headers["x-relay-ignored"].split(", ") == [
        *("temperature", "tools", "response_format", "stop", "max_tokens", "reasoning_effort"),
    ]


@whole_and_streamed
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (refusal(400, "INVALID_REQUEST", "Odd"), (400, None)),
        (refusal(402, "HTTP_EXCEPTION", "Pay"), (429, "insufficient_quota")),
        (failure("PROVIDER_ERROR", "the provider is down"), (502, "upstream_error")),
    ],
)
def test_a_refusal_is_a_status(
    relay: ThreadedRelay, onemin: Simulator, trouble: Any, told: object, *, stream: bool
) -> None:
    for model in ("dall-e-3", "tts-1"):
        onemin.script_features(trouble)
        assert refused(relay.chat(model=model, stream=stream))[:2] == told
    assert len(onemin.features) == 2


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["dall-e-3", "tts-1"])
def test_leaving_hangs_up(
    relay: ThreadedRelay, onemin: Simulator, model: str, *, stream: bool
) -> None:
    onemin.script_features(Reply(body=(Hang(),)))
    with connected(relay.port) as client:
        client.sendall(chat_request(model=model, stream=stream))
        [call] = onemin.wait_for_features(1)
    assert call.hung_up.wait(5)


def test_several_pictures_are_several_answers(relay: ThreadedRelay, onemin: Simulator) -> None:
    reply = relay.chat(model="dall-e-3", n=2)
    assert len(reply.json()["choices"]) == len(onemin.features) == 2
