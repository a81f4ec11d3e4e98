from __future__ import annotations

from typing import Any

import pytest

from utils.domain.media import Speech
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin.media import speech
from utils.onemin.media.asset_host import AssetUrls

URLS = AssetUrls("https://asset.1min.ai")
OPENAI = {"voice": "alloy", "response_format": "mp3", "speed": 1.0}
GOOGLE = {
    "languageCode": "en-US",
    "name": "en-US-Casual-K",
    "audioEncoding": "MP3",
    "pitch": 0,
    "speakingRate": 1.0,
    "volumeGainDb": 0,
}
ELEVENLABS = {
    "voice_id": "EXAVITQu4vr4xnSDxMaL",
    "model_id": "eleven_turbo_v2_5",
    "output_format": "mp3_44100_128",
    "language_code": "en",
}
QWEN = {"voice": "Arthur", "language_type": "Auto"}


def built(model: str, **fields: Any) -> dict[str, Any]:
    """What goes beside the text."""
    feature = speech.build(Speech(text="Hello!", model=model, **fields))
    assert (feature.type, feature.model) == ("TEXT_TO_SPEECH", model)
    assert feature.prompt.pop("text") == "Hello!"
    return feature.prompt


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("tts-1", {}, OPENAI),
        ("tts-1-hd", {}, OPENAI),
        ("a-model-of-tomorrow", {}, OPENAI),
        (
            "tts-1",
            {"voice": "nova", "format": "flac", "speed": 1.5},
            {"voice": "nova", "response_format": "flac", "speed": 1.5},
        ),
        ("tts-1", {"format": "pcm16"}, OPENAI | {"response_format": "pcm"}),
        ("google-tts", {}, GOOGLE),
        ("google-tts", {"voice": "alloy"}, GOOGLE),
        (
            "google-tts",
            {"voice": "de-DE-Wavenet-A", "format": "wav", "speed": 0.5},
            GOOGLE
            | {
                "languageCode": "de-DE",
                "name": "de-DE-Wavenet-A",
                "audioEncoding": "LINEAR16",
                "speakingRate": 0.5,
            },
        ),
        ("google-tts", {"format": "opus"}, GOOGLE | {"audioEncoding": "OGG_OPUS"}),
        ("elevenlabs-tts", {}, ELEVENLABS),
        ("elevenlabs-tts", {"voice": "shimmer"}, ELEVENLABS),
        (
            "elevenlabs-tts",
            {"voice": "Bill"},
            ELEVENLABS | {"voice_id": "pqHfZKP75CvOlQylNhV4"},
        ),
        ("elevenlabs-tts", {"voice": "aVoiceId"}, ELEVENLABS | {"voice_id": "aVoiceId"}),
        ("elevenlabs-tts", {"format": "pcm16"}, ELEVENLABS | {"output_format": "pcm_24000"}),
        ("qwen3-tts-flash", {}, QWEN),
        ("qwen3-tts-flash", {"format": "wav", "voice": "echo"}, QWEN),
        ("qwen3-tts-flash", {"voice": "Cherry"}, QWEN | {"voice": "Cherry"}),
    ],
)
def test_each_model_is_asked_in_its_own_words(
    model: str, asked: dict[str, Any], told: dict[str, Any]
) -> None:
    assert built(model, **asked) == told


@pytest.mark.parametrize(
    ("model", "format", "known"),
    [
        ("google-tts", "flac", "mp3, wav, opus"),
        ("elevenlabs-tts", "wav", "mp3, opus, pcm"),
        ("qwen3-tts-flash", "mp3", "wav"),
    ],
)
def test_a_format_that_a_model_does_not_speak_in_is_refused(
    model: str, format: str, known: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        built(model, format=format)
    assert refused.value.param == "response_format"
    assert refused.value.message == (
        f"The model {model!r} does not speak in {format!r}, but in {known}."
    )


def reply(result: Any) -> dict[str, Any]:
    return {"aiRecord": {"status": "SUCCESS", "aiRecordDetail": {"resultObject": result}}}


@pytest.mark.parametrize("result", [["audios/a.mp3"], "audios/a.mp3"])
def test_the_sound_is_where_the_record_says(result: Any) -> None:
    assert speech.read(reply(result), URLS) == "https://asset.1min.ai/audios/a.mp3"


@pytest.mark.parametrize("result", [None, [], [""], "", {}, [7]])
def test_no_sound_is_a_failure(result: Any) -> None:
    with pytest.raises(UpstreamFailed, match=r"^1min\.ai made no sound$"):
        speech.read(reply(result), URLS)
