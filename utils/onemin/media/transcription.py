"""What recordings say, by 1min.ai's SPEECH_TO_TEXT feature (onemin-api.md 10.1)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from utils.domain.media import Recording
from utils.onemin import records
from utils.onemin.feature import Feature
from utils.onemin.models import TRANSCRIPTION

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
    return Feature(type=TRANSCRIPTION, model=recording.model, prompt=fields)


def read(reply: Any) -> str:
    """Empty where nothing was said. Raises what was refused, or UpstreamFailed."""
    return records.text(records.record(reply))


def _fields(recording: Recording) -> dict[str, str]:
    model, language = recording.model, recording.language
    if any(fnmatchcase(model, like) for like in _GOOGLE):
        return {"language": _with_region(language)}
    told = {"language": language, "prompt": recording.prompt}
    if model == "whisper-1":
        return {"response_format": "text", **_said(told)}
    if model == "elevenlabs-speech-to-text":  # hears by itself which language it is
        return {}
    if model == "qwen3-asr-flash":  # no prompt reaches it
        return _said({"language": language})
    return _said(told)


def _said(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _with_region(language: str) -> str:
    if not language:
        return _USUAL_LANGUAGE
    if "-" in language:
        return language
    return _REGIONS.get(language, f"{language}-{language.upper()}")
