"""Speech; the official openai package judges."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest
from openai import OpenAI

from simulator.features import sounds as made
from simulator.replies import Cut, Pause, Reply
from simulator.server import Simulator
from tests.raw import connected
from tests.routes.heard import chunks
from tests.routes.heard import refusal as refused
from tests.serving import KEY, ProcessRelay


@pytest.mark.parametrize(
    ("form", "kind"),
    [("mp3", "audio/mpeg"), ("opus", "audio/ogg"), ("wav", "audio/wav"), ("pcm", "audio/pcm")],
)
def test_speech_comes_in_the_format_that_was_asked(
    client: OpenAI, sim: Simulator, form: Any, kind: str
) -> None:
    speech = client.audio.speech.create(
        model="tts-1", voice="nova", input="Hello", response_format=form, speed=1.5
    )
    assert speech.content == made.sound(form, 0.1)
    headers = speech.response.headers
    assert headers["content-type"] == kind
    assert headers["content-length"] == str(len(speech.content))
    assert headers["x-usage-source"] == "estimated"
    expected = {"text": "Hello", "voice": "nova", "response_format": form, "speed": 1.5}
    assert sim.features[-1].json["promptObject"] == expected


def test_speech_streams_while_it_arrives(client: OpenAI, sim: Simulator) -> None:
    sound = made.sound("mp3", 1)
    sim.script_downloads(Reply(body=(sound, Pause(0.5), b"end"), framing="chunked"))
    speech = client.audio.speech.with_streaming_response.create(
        model="voice", voice={"id": "alloy"}, input="Hello"
    )
    with speech as response:
        assert next(response.iter_bytes()) == sound
        assert not sim.calls[-1].answered.is_set()


def test_speech_streams_as_events(served: ProcessRelay) -> None:
    body = {"input": "Hello", "stream_format": "sse", "instructions": "Whisper."}
    reply = served.post("/v1/audio/speech", body)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert reply.headers["x-relay-ignored"] == "instructions"
    *deltas, done = chunks(reply)
    audio = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert audio == made.sound("mp3", 0.1)
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["input_tokens"] > 0


def test_the_speech_of_qwen_is_a_wav_that_opens(client: OpenAI) -> None:
    speech = client.audio.speech.create(
        model="qwen3-tts-flash", voice="alloy", input="Hello", speed=2
    )
    with wave.open(io.BytesIO(speech.content)) as file:
        assert file.getnframes() == 2400
    assert speech.response.headers["content-type"] == "audio/wav"
    assert speech.response.headers["x-relay-ignored"] == "voice, speed"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_sound_that_breaks_off_is_not_taken_for_a_whole_one(
    served: ProcessRelay, sim: Simulator, framing: Any
) -> None:
    body = (made.sound("mp3", 1), Pause(0.1), Cut(), bytes(999))
    sim.script_downloads(Reply(body=body, framing=framing))
    with pytest.raises(OSError, match=r"IncompleteRead|ended prematurely"):
        served.post("/v1/audio/speech", {"input": "Hello"})


def test_paid_speech_is_kept_for_who_has_left(
    served: ProcessRelay, client: OpenAI, sim: Simulator
) -> None:
    number = len(sim.features)
    with connected(served.port) as leaving:
        leaving.sendall(posted('{"input": "[[scenario=processing]] Hello"}'))
        sim.wait_for_features(number + 1)
    for _ in range(500):
        if kept := client.files.list().data:
            break
    [file] = kept
    assert (file.filename, file.purpose) == ("speech.mp3", "user_data")
    assert client.files.content(file.id).content.startswith(b"\xff\xfb")


@pytest.mark.parametrize("fields", ["", ', "stream_format": "sse"'], ids=["bytes", "events"])
def test_speech_whose_client_leaves_in_the_midst_of_it_is_kept_whole(
    served: ProcessRelay, client: OpenAI, sim: Simulator, fields: str
) -> None:
    before = {file.id for file in client.files.list()}
    sound = b"\xff\xfb\x90\x00" + bytes(1000)
    head = {"Content-Type": "audio/mpeg"}
    sim.script_downloads(Reply(200, head, (sound[:500], Pause(0.6), sound[500:])))
    with connected(served.port) as leaving:
        leaving.sendall(posted(f'{{"input": "Hello"{fields}}}'))
        assert b"200 OK" in leaving.recv(65536)
    kept: dict[str, bytes] = {}
    while sound not in kept.values():  # what others left alone may come first
        for file in client.files.list():
            if file.id not in before | kept.keys():
                kept[file.id] = client.files.content(file.id).content


def posted(body: str) -> bytes:
    head = (
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body.encode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"input": ""}, (400, None, "input")),
        ({"voice": "nobody"}, (400, None, "voice")),
        (
            {"model": "qwen3-tts-flash", "response_format": "mp3"},
            (400, None, "response_format"),
        ),
        ({"model": "tts-9"}, (404, "model_not_found", "model")),
        ({"model": "whisper-1"}, (400, "model_not_supported", "model")),
        ({"model": "gpt-4o-mini"}, (400, "model_not_supported", "model")),
    ],
)
def test_speech_that_cannot_be_is_refused_by_name(
    served: ProcessRelay, fields: dict[str, Any], told: object
) -> None:
    reply = served.post("/v1/audio/speech", {"input": "Hello", **fields})
    assert refused(reply) == told
