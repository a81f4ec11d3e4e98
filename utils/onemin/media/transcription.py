"""What recordings say, by SPEECH_TO_TEXT and AUDIO_TRANSLATOR (onemin-api.md 10.1, 10.3)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from utils.domain import subtitles
from utils.domain.media import Recording
from utils.domain.transcripts import Segment
from utils.onemin import records
from utils.onemin.feature import Feature
from utils.onemin.models import TRANSCRIPTION, TRANSLATION

# Google's models want a language with its region, and must have one.
_GOOGLE = ("latest_*", "phone_call*", "telephony*", "medical_*")
_USUAL_LANGUAGE = "en-US"
# Where the region is not named like the language: de-DE, fr-FR, and so on.
_REGIONS = {
    "ar": "ar-EG",
    "cs": "cs-CZ",
    "da": "da-DK",
    "el": "el-GR",
    "en": "en-US",
    "fa": "fa-IR",
    "he": "iw-IL",
    "hi": "hi-IN",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "pt": "pt-BR",
    "sv": "sv-SE",
    "uk": "uk-UA",
    "vi": "vi-VN",
    "yue": "yue-Hant-HK",
    "zh": "cmn-Hans-CN",
}


def build(recording: Recording) -> Feature:
    fields = {"audioUrl": recording.audio, **_fields(recording)}
    kind = TRANSLATION if recording.translated else TRANSCRIPTION
    return Feature(type=kind, model=recording.model, prompt=fields)


def read(reply: Any) -> str:
    """Empty where nothing was said. Raises what was refused, or UpstreamFailed."""
    return records.text(records.record(reply))


def read_timed(reply: Any, recording: Recording) -> tuple[str, list[Segment] | None]:
    """With the times, where the model was asked for them and told: they come as subtitles, for
    the record itself has no place for them.
    """
    text = read(reply)
    asked = _fields(recording).get("response_format") == "srt"
    segments = subtitles.read(text) if asked else None
    return (" ".join(s.text for s in segments), segments) if segments else (text, None)


def language(recording: Recording) -> str:
    """Of the transcript, where that is known."""
    told = _fields(recording).get("language", "")
    return "en" if recording.translated else str(told)


def ignored(recording: Recording) -> tuple[str, ...]:
    """What the model is not told, for it has no use for it."""
    told = _fields(recording)
    return tuple(
        name
        for name in ("language", "prompt", "temperature")
        if getattr(recording, name) and name not in told
    )


def _fields(recording: Recording) -> dict[str, Any]:
    model, language = recording.model, recording.language
    if any(fnmatchcase(model, like) for like in _GOOGLE):
        return {"language": _with_region(language)}
    spoken = language.partition("-")[0].lower()
    if model == "whisper-1":
        form = {"response_format": "srt" if recording.timed else "text"}
        known = "" if recording.translated else spoken
        told = {"language": known, "prompt": recording.prompt}
        return form | _said(told | {"temperature": recording.temperature})
    if model == "elevenlabs-speech-to-text":  # hears by itself which language it is
        return {}
    if model == "qwen3-asr-flash":  # no prompt reaches it
        return _said({"language": spoken})
    return _said({"language": spoken, "prompt": recording.prompt})


def _said(fields: Mapping[str, str | float | None]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _with_region(language: str) -> str:
    if not language:
        return _USUAL_LANGUAGE
    if "-" in language:
        return language
    return _REGIONS.get(language, f"{language}-{language.upper()}")
