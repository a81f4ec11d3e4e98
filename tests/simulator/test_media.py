"""What the features make: pictures, sound and words (onemin-api.md 9, 10)."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from typing import Any

import pytest

from simulator.features import sounds
from simulator.server import Simulator
from tests.simulator.peer import Answer, downloaded, feature, upload

SPOKEN = "This is what was said."


def keys(answer: Answer) -> list[str]:
    found: list[str] = answer.record["aiRecordDetail"]["resultObject"]
    return found


def files(sim: Simulator, answer: Answer) -> list[bytes]:
    return [downloaded(sim, key).body for key in keys(answer)]


def dimensions(png: bytes) -> tuple[int, int]:
    """Of a PNG whose every chunk has its right sum, and whose rows are all there."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = dict[bytes, bytes](), 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(name + data),)
        chunks[name], at = data, at + 12 + length
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + (width + 7) // 8)
    assert b"IEND" in chunks
    return width, height


def speech(sim: Simulator, text: str = "Hello.", **fields: Any) -> Answer:
    return feature(sim, "TEXT_TO_SPEECH", "tts-1", text=text, voice="alloy", **fields)


def heard(sim: Simulator, reference: str, **fields: Any) -> Answer:
    given: dict[str, Any] = {"audioUrl": reference, "response_format": "text", **fields}
    return feature(sim, "SPEECH_TO_TEXT", "whisper-1", **given)


def recording(sim: Simulator, data: bytes, name: str = "a.wav") -> str:
    return str(upload(sim, name, data).json["fileContent"]["path"])


def test_a_picture_is_a_png_of_the_size_asked(sim: Simulator) -> None:
    answer = feature(sim, "IMAGE_GENERATOR", "dall-e-2", prompt="x", size="512x512", n=3)
    pictures = files(sim, answer)
    assert [dimensions(picture) for picture in pictures] == [(512, 512)] * 3
    assert len(set(pictures)) == 3
    assert downloaded(sim, keys(answer)[0]).headers["content-type"] == "image/png"


@pytest.mark.parametrize("model", ["midjourney", "magic-art"])
def test_some_always_make_four(sim: Simulator, model: str) -> None:
    fields: dict[str, Any] = {
        "prompt": "x",
        "mode": "fast",
        "aspect_width": 3,
        "aspect_height": 2,
        "n": 1,
    }
    answer = feature(sim, "IMAGE_GENERATOR", model, **fields)
    assert [dimensions(picture) for picture in files(sim, answer)] == [(384, 256)] * 4


def test_a_number_can_have_other_names(sim: Simulator) -> None:
    sdxl = feature(
        sim, "IMAGE_GENERATOR", "stable-diffusion-xl-1024-v1-0", prompt="x", samples=2
    )
    flux = "black-forest-labs/flux-schnell"
    assert len(keys(sdxl)) == 2
    assert len(keys(feature(sim, "IMAGE_GENERATOR", flux, prompt="x", num_outputs=3))) == 3


def test_a_picture_made_here_can_be_varied(sim: Simulator) -> None:
    made = feature(sim, "IMAGE_GENERATOR", "dall-e-2", prompt="x")
    fields: dict[str, Any] = {"n": 2, "size": "256x256"}
    for source in (keys(made)[0], made.record["temporaryUrl"], "https://example.com/a.png"):
        answer = feature(sim, "IMAGE_VARIATOR", "dall-e-2", imageUrl=source, **fields)
        assert len(keys(answer)) == 2
    assert len(keys(feature(sim, "IMAGE_VARIATOR", "midjourney", imageUrl=keys(made)[0]))) == 4


def test_a_picture_can_be_edited(sim: Simulator) -> None:
    key = recording(sim, b"x", "a.png")
    fields: dict[str, Any] = {"imageUrl": key, "prompt": "x", "size": "1024x1024", "n": 1}
    answer = feature(sim, "IMAGE_EDITOR", "gpt-image-1", **fields)
    assert dimensions(files(sim, answer)[0]) == (1024, 1024)


def test_speech_is_an_mp3_unless_asked_otherwise(sim: Simulator) -> None:
    answer = speech(sim)
    [key], [data] = keys(answer), files(sim, answer)
    assert key.startswith("audios/")
    assert key.endswith(".mp3")
    frames, rest = divmod(len(data), 417)  # 144 * 128000 // 44100
    assert rest == 0
    assert [data[at : at + 4] for at in range(0, len(data), 417)] == [
        b"\xff\xfb\x90\xc4"
    ] * frames


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("wav", b"RIFF"),
        ("flac", b"fLaC"),
        ("aac", b"\xff\xf1"),
        ("opus", b"OggS"),
        ("pcm", b"\x00"),
    ],
)
def test_speech_comes_in_the_form_asked(sim: Simulator, form: str, start: bytes) -> None:
    answer = speech(sim, response_format=form)
    assert keys(answer)[0].endswith(f".{form}")
    assert files(sim, answer)[0].startswith(start)


def test_a_longer_text_is_a_longer_sound(sim: Simulator) -> None:
    [data] = files(sim, speech(sim, "x" * 100, response_format="wav"))
    with wave.open(io.BytesIO(data)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (24000, 1, 2)
        assert read.getnframes() == 12_000


def test_the_wav_of_qwen_lies_about_its_length(sim: Simulator) -> None:
    fields: dict[str, Any] = {"text": "Hello.", "voice": "Arthur", "language_type": "Auto"}
    answer = feature(sim, "TEXT_TO_SPEECH", "qwen3-tts-flash", **fields)
    [data] = files(sim, answer)
    assert keys(answer)[0].endswith(".wav")
    assert struct.unpack_from("<I", data, 4)[0] > len(data)
    assert struct.unpack_from("<I", data, 40)[0] > len(data)


def test_other_providers_name_the_form_in_other_fields(sim: Simulator) -> None:
    google: dict[str, Any] = {
        "languageCode": "en-US",
        "name": "en-US-Casual-K",
        "audioEncoding": "LINEAR16",
    }
    google |= {"pitch": 0, "speakingRate": 1, "volumeGainDb": 0}
    answer = feature(sim, "TEXT_TO_SPEECH", "google-tts", text="x", **google)
    assert keys(answer)[0].endswith(".wav")
    eleven: dict[str, Any] = {"voice_id": "a", "model_id": "b", "language_code": "en"}
    eleven |= {"output_format": "mp3_44100_128"}
    answer = feature(sim, "TEXT_TO_SPEECH", "elevenlabs-tts", text="x", **eleven)
    assert keys(answer)[0].endswith(".mp3")


def test_an_opus_page_has_its_sum(sim: Simulator) -> None:
    """Ogg's sum over a page with its own field empty, by another way: long division."""
    page = sounds.sound("opus", 0.1)
    page = page[: page.index(b"OggS", 1)]
    told = struct.unpack_from("<I", page, 22)[0]
    number = int.from_bytes(page[:22] + bytes(4) + page[26:] + bytes(4), "big")
    while number.bit_length() > 32:
        number ^= 0x104C11DB7 << (number.bit_length() - 33)
    assert told == number


def test_a_recording_says_the_usual_or_what_it_holds(sim: Simulator) -> None:
    assert heard(sim, recording(sim, b"RIFF")).text == SPOKEN
    assert heard(sim, recording(sim, b"RIFF say:Good morning.; data")).text == "Good morning."
    assert heard(sim, "https://example.com/a.mp3").text == SPOKEN


def test_a_recording_can_be_named_by_its_own_link(sim: Simulator) -> None:
    key = recording(sim, b"say:Linked.;")
    assert heard(sim, f"{sim.asset_url}/{key}").text == "Linked."


def test_words_can_come_without_their_list(sim: Simulator) -> None:
    key = recording(sim, b"say:Plain. [[scenario=string-result]];")
    assert heard(sim, key).record["aiRecordDetail"]["resultObject"] == "Plain."


def test_a_recording_has_to_be_one(sim: Simulator) -> None:
    answer = heard(sim, recording(sim, b"x", "a.png"))
    assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"


def test_some_recordings_are_too_large(sim: Simulator) -> None:
    key = recording(sim, bytes(10 * 1024 * 1024 + 1))
    assert heard(sim, key).status == 200
    answer = feature(sim, "SPEECH_TO_TEXT", "qwen3-asr-flash", audioUrl=key)
    assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"


def test_a_recording_is_translated_as_it_is_written_down(sim: Simulator) -> None:
    key = recording(sim, b"say:Hello.;")
    assert feature(sim, "AUDIO_TRANSLATOR", "whisper-1", audioUrl=key).text == "Hello."


@pytest.mark.parametrize("kind", ["SPEECH_TO_TEXT", "AUDIO_TRANSLATOR"])
def test_whisper_writes_subtitles(sim: Simulator, kind: str) -> None:
    key = recording(sim, b"say:One. Two and a half.;")
    told: dict[str, Any] = {"audioUrl": key}
    srt = feature(sim, kind, "whisper-1", **told, response_format="srt").text
    assert srt == (
        "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n"
        "2\n00:00:01,000 --> 00:00:02,000\nTwo and a half.\n\n"
    )
    vtt = feature(sim, kind, "whisper-1", **told, response_format="vtt").text
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne.\n\n")


@pytest.mark.parametrize("form", ["text", "json", "verbose_json"])
def test_of_whispers_json_only_the_words_are_passed_on(sim: Simulator, form: str) -> None:
    key = recording(sim, b"say:One. Two.;")
    assert heard(sim, key, response_format=form).text == "One. Two."


@pytest.mark.parametrize("fields", [{"response_format": "pdf"}, {"temperature": 2}])
def test_whisper_refuses_what_it_does_not_know(sim: Simulator, fields: dict[str, Any]) -> None:
    answer = heard(sim, recording(sim, b"x"), **fields)
    assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"


def test_a_record_of_words_has_no_link_and_no_metadata(sim: Simulator) -> None:
    record = heard(sim, recording(sim, b"x")).record
    assert record["temporaryUrl"] is None
    assert record["metadata"] is None
