from __future__ import annotations

from typing import Any

import pytest

from utils.domain.media import Recording
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin import models
from utils.onemin.media import transcription


def built(model: str, **fields: Any) -> dict[str, Any]:
    """What goes beside the recording."""
    feature = transcription.build(Recording("audios/a.mp3", model, **fields))
    assert (feature.type, feature.model) == ("SPEECH_TO_TEXT", model)
    assert feature.prompt.pop("audioUrl") == "audios/a.mp3"
    return feature.prompt


TOLD = {"language": "de", "prompt": "Names: Ann."}


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("whisper-1", {}, {"response_format": "text"}),
        ("whisper-1", TOLD, {"response_format": "text", **TOLD}),
        ("gpt-4o-transcribe", {}, {}),
        ("gpt-4o-transcribe-diarize", TOLD, TOLD),
        ("a-model-of-tomorrow", TOLD, TOLD),
        ("elevenlabs-speech-to-text", TOLD, {}),
        ("qwen3-asr-flash", {}, {}),
        ("qwen3-asr-flash", TOLD, {"language": "de"}),
    ],
)
def test_each_model_is_asked_in_its_own_words(
    model: str, asked: dict[str, str], told: dict[str, str]
) -> None:
    assert built(model, **asked) == told


GOOGLE = (
    *("latest_long", "latest_short", "phone_call", "telephony", "telephony_short"),
    *("medical_dictation", "medical_conversation"),
)


@pytest.mark.parametrize("model", GOOGLE)
def test_googles_models_are_told_a_language_with_its_region(model: str) -> None:
    assert built(model) == {"language": "en-US"}
    assert built(model, **TOLD) == {"language": "de-DE"}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "en-US"),
        ("pt", "pt-BR"),
        ("ja", "ja-JP"),
        ("zh", "cmn-Hans-CN"),
        ("fr-CA", "fr-CA"),
    ],
)
def test_a_language_gets_its_usual_region(language: str, told: str) -> None:
    assert built("latest_long", language=language) == {"language": told}


def test_every_model_of_the_snapshot_that_listens_needs_no_more_than_a_recording() -> None:
    listeners = [model.id for model in models.snapshot() if model.transcription]
    assert len(listeners) > 10
    for model in listeners:
        assert "" not in built(model).values()


def reply(result: Any) -> dict[str, Any]:
    return {"aiRecord": {"status": "SUCCESS", "aiRecordDetail": {"resultObject": result}}}


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (["This was said."], "This was said."),
        ("This was said.", "This was said."),
        (["This ", "was said."], "This was said."),
        ([], ""),
        ([""], ""),
    ],
)
def test_what_was_said_is_an_array_or_a_text(result: Any, text: str) -> None:
    assert transcription.read(reply(result)) == text


def test_a_refusal_is_raised_as_what_it_means() -> None:
    with pytest.raises(InvalidRequest, match=r"^No\.$"):
        transcription.read({"errorCode": "INVALID_REQUEST", "message": "No."})
    with pytest.raises(UpstreamFailed):
        transcription.read(None)
