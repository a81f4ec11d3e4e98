"""Speech as 1min.ai's TEXT_TO_SPEECH feature (onemin-api.md 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from utils.domain.media import Speech
from utils.domain.transcripts import sentences
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin import records
from utils.onemin.feature import Feature
from utils.onemin.media.asset_host import AssetUrls
from utils.onemin.media.elevenlabs_voices import VOICES
from utils.onemin.models import SPEECH

# OpenAI's clients always name one of these, whichever model is to speak.
OPENAI_VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "marin", "cedar"),
    *("nova", "onyx", "sage", "shimmer", "verse"),
)
# Their name for raw samples when an answer streams.
RAW = {"pcm16": "pcm"}

_GOOGLE_FORMATS = {"mp3": "MP3", "wav": "LINEAR16", "opus": "OGG_OPUS"}
_ELEVENLABS_FORMATS = {
    "mp3": "mp3_44100_128",
    "opus": "opus_48000_128",
    "pcm": "pcm_24000",  # as OpenAI's
}
_QWEN_FORMATS = {"wav": "wav"}
_USUAL_FORMATS = {"qwen3-tts-flash": "wav"}
# Characters a call. Only sounds in WAV can be joined again.
_LONGEST = {"qwen3-tts-flash": 600}
_UNUSED = {
    "google-tts": ("voice",),
    "elevenlabs-tts": ("voice", "speed"),
    "qwen3-tts-flash": ("voice", "speed"),
}


def build(speech: Speech) -> Feature:
    """Raises InvalidRequest for a format that the model does not speak in."""
    fields = _FIELDS.get(speech.model, _openai)(speech)
    return Feature(type=SPEECH, model=speech.model, prompt={"text": speech.text, **fields})


def form(speech: Speech) -> str:
    """The format it comes in."""
    return RAW.get(speech.format, speech.format) or _USUAL_FORMATS.get(speech.model, "mp3")


def ignored(speech: Speech) -> tuple[str, ...]:
    """What the model has no use for. The voices of others are not its own."""
    fields = {"voice": speech.voice in OPENAI_VOICES, "speed": speech.speed != 1}
    unused = _UNUSED.get(speech.model, ())
    return tuple(name for name, given in fields.items() if given and name in unused)


def parts(speech: Speech) -> list[Speech]:
    """What is asked for one call at a time: cut between sentences, where it can be."""
    longest, texts = _LONGEST.get(speech.model), [""]
    if longest is None or len(speech.text) <= longest:
        return [speech]
    for sentence in sentences(speech.text):
        if len(texts[-1]) + len(sentence) > longest:
            texts.append("")
        texts[-1] += sentence
    return [replace(speech, text=text.strip()) for text in texts if text.strip()]


def read(reply: Any, urls: AssetUrls) -> str:
    """Where the sound is. Raises what was refused, or UpstreamFailed."""
    found = records.results(records.record(reply))
    if not found or not found[0]:
        raise UpstreamFailed("1min.ai made no sound")
    return urls.url(found[0])


def _openai(speech: Speech) -> dict[str, Any]:
    return {
        "voice": speech.voice or "alloy",
        "response_format": RAW.get(speech.format, speech.format) or "mp3",
        "speed": speech.speed,
    }


def _google(speech: Speech) -> dict[str, Any]:
    """A voice's name begins with its language: en-US-Casual-K."""
    name = _own(speech.voice, "en-US-Casual-K")
    return {
        "languageCode": "-".join(name.split("-")[:2]),
        "name": name,
        "audioEncoding": _format(speech, _GOOGLE_FORMATS),
        "pitch": 0,
        "speakingRate": speech.speed,
        "volumeGainDb": 0,
    }


def _elevenlabs(speech: Speech) -> dict[str, Any]:
    voice = _own(speech.voice, "Sarah")
    return {
        "voice_id": VOICES.get(voice, voice),
        "model_id": "eleven_turbo_v2_5",
        "output_format": _format(speech, _ELEVENLABS_FORMATS),
        "language_code": "en",
    }


def _qwen(speech: Speech) -> dict[str, Any]:
    _format(speech, _QWEN_FORMATS)
    return {"voice": _own(speech.voice, "Arthur"), "language_type": "Auto"}


_FIELDS: Mapping[str, Callable[[Speech], dict[str, Any]]] = {
    "google-tts": _google,
    "elevenlabs-tts": _elevenlabs,
    "qwen3-tts-flash": _qwen,
}


def _own(voice: str, usual: str) -> str:
    """A voice that is not OpenAI's."""
    return usual if not voice or voice in OPENAI_VOICES else voice


def _format(speech: Speech, formats: Mapping[str, str]) -> str:
    """The model's name for it; its first one where none is asked for."""
    asked = RAW.get(speech.format, speech.format) or next(iter(formats))
    if asked not in formats:
        known = ", ".join(formats)
        message = (
            f"The model {speech.model!r} does not speak in {asked[:20]!r}, but in {known}."
        )
        raise InvalidRequest(message, param="response_format")
    return formats[asked]
