"""What /v1/audio takes and refuses, field by field."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from utils.domain.chat import Inline, Link
from utils.domain.media import Recording, Speech
from utils.domain.transcripts import Listening
from utils.errors import InvalidRequest
from utils.wire.audio.listening import Transcription, Translation
from utils.wire.audio.speech import SpeechRequest

FILE = Inline(data=b"RIFF")


def speech(**fields: Any) -> SpeechRequest:
    return SpeechRequest.parse(orjson.dumps({"input": "Hello", "model": "tts-1", **fields}))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, {}),
        ({"voice": None, "speed": None, "response_format": None}, {}),
        ({"voice": "nova", "speed": 4, "response_format": "wav"},
         {"voice": "nova", "speed": 4, "format": "wav"}),
        ({"voice": {"id": "voice_1"}, "something_new": 1}, {"voice": "voice_1"}),
    ],
)  # fmt: skip
def test_speech_is_what_was_asked(fields: dict[str, Any], told: dict[str, Any]) -> None:
    assert speech(**fields).to_speech("m") == Speech(text="Hello", model="m", **told)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("input", value) for value in ("", " \n", "x" * 4097, None, 1, ["Hello"])),
        *(("speed", value) for value in (0.2, 4.1, "1", True)),
        *(("voice", value) for value in (1, "x" * 300)),
        *(("response_format", value) for value in ("ogg", "", 1)),
        ("stream_format", "ws"),
        ("model", 1),
        ("instructions", 1),
    ],
)
def test_speech_that_cannot_be_names_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as raised:
        speech(**{field: value})
    assert raised.value.param == field


def test_what_nobody_can_do_is_named() -> None:
    assert speech().ignored == speech(instructions="").ignored == []
    assert speech(instructions="Whisper.").ignored == ["instructions"]
    assert Transcription.read({}).ignored == []
    assert Transcription.read({"chunking_strategy": ["auto"]}).ignored == ["chunking_strategy"]


def transcription(**fields: str) -> Listening:
    asked = Transcription.read({name: [value] for name, value in fields.items()})
    return asked.to_listening(FILE, "m")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, {}),
        ({"language": "", "temperature": "", "prompt": ""}, {}),
        ({"language": "pt-BR", "temperature": "0.5", "prompt": "Ann"},
         {"language": "pt-BR", "temperature": 0.5, "prompt": "Ann"}),
        ({"response_format": "text", "stream": "true"}, {}),
        ({"response_format": "vtt", "stream": "false"}, {"timed": True}),
        ({"response_format": "verbose_json", "timestamp_granularities[]": "segment"},
         {"timed": True}),
    ],
)  # fmt: skip
def test_a_transcription_is_what_was_asked(
    fields: dict[str, str], told: dict[str, Any]
) -> None:
    recording = Recording(audio="", model="m", **told)
    assert transcription(**fields) == Listening(FILE, "file", recording)


def test_a_translation_is_one() -> None:
    asked = Translation.read({"language": ["de"], "response_format": ["srt"]})
    recording = Recording(audio="", model="m", timed=True, translated=True)
    assert asked.to_listening(FILE, "m") == Listening(FILE, "file", recording)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"response_format": "diarized_json"}, "response_format"),
        ({"language": "german!"}, "language"),
        ({"temperature": "1.5"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true", "response_format": "srt"}, "stream"),
        ({"timestamp_granularities[]": "word", "response_format": "verbose_json"},
         "timestamp_granularities"),
        ({"timestamp_granularities": "segment"}, "timestamp_granularities"),
        ({"timestamp_granularities[]": "year"}, "timestamp_granularities[0]"),
        ({"include[]": "logprobs"}, "include"),
        ({"model": "x" * 257}, "model"),
    ],
)  # fmt: skip
def test_a_transcription_that_cannot_be_names_the_field(
    given: dict[str, str], param: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        transcription(**given)
    assert raised.value.param == param


@pytest.mark.parametrize("name", ["url", "file_url", "audio_url"])
def test_a_recording_can_be_elsewhere(name: str) -> None:
    listening = Transcription.read({name: ["https://host/a.mp3"]}).to_listening(None, "m")
    assert (listening.source, listening.place) == (Link("https://host/a.mp3"), name)


@pytest.mark.parametrize(
    ("given", "file", "param"),
    [
        ({}, None, "file"),
        ({"url": ["https://a"]}, FILE, "url"),
        ({"url": ["https://a"], "file_url": ["https://b"]}, None, "file_url"),
    ],
)
def test_there_must_be_one_recording(
    given: dict[str, list[str]], file: Inline | None, param: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Transcription.read(given).to_listening(file, "m")
    assert raised.value.param == param
