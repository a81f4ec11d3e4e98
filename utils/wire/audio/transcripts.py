"""/v1/audio/transcriptions and /v1/audio/translations, as they are answered."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from utils.domain import languages, subtitles
from utils.domain.chat import Usage
from utils.domain.transcripts import Segment, Transcript, sentences, spread
from utils.wire.audio.listening import Transcription, Translation
from utils.wire.openai_chunks import frame

# What whisper itself tells of a segment, and 1min.ai does not pass on.
_UNTOLD: dict[str, Any] = {"seek": 0, "avg_logprob": 0.0, "no_speech_prob": 0.0, "tokens": []}


@dataclass(frozen=True, slots=True)
class Encoded:
    """`estimated` names what is in it that nobody told."""

    body: bytes
    media_type: str
    estimated: tuple[str, ...] = ()


def encode(asked: Translation, heard: Transcript) -> Encoded:
    match asked.response_format:
        case "json":
            return Encoded(orjson.dumps(_brief(asked, heard)), "application/json")
        case "text":
            return Encoded(f"{heard.text}\n".encode(), "text/plain")
        case "srt":
            text = subtitles.srt(_segments(heard))
            return Encoded(text.encode(), "text/plain", _guessed(heard))
        case "vtt":
            text = subtitles.vtt(_segments(heard))
            return Encoded(text.encode(), "text/vtt", _guessed(heard))
    body = orjson.dumps(_verbose(asked, heard))
    length = () if heard.duration.measured else ("duration",)
    language = () if heard.language else ("language",)
    untold = _UNTOLD if heard.text else ()
    estimated = (*length, *language, *_guessed(heard), *untold)
    return Encoded(body, "application/json", estimated)


def frames(heard: Transcript) -> Iterator[bytes]:
    """The transcript as events, one a sentence."""
    for sentence in sentences(heard.text):
        yield frame({"type": "transcript.text.delta", "delta": sentence})
    done = {"type": "transcript.text.done", "text": heard.text}
    yield frame({**done, "usage": _tokens(heard.usage)})


def _brief(asked: Translation, heard: Transcript) -> dict[str, Any]:
    told = {"text": heard.text}
    return {**told, "usage": _seconds(heard)} if isinstance(asked, Transcription) else told


def _verbose(asked: Translation, heard: Transcript) -> dict[str, Any]:
    transcribed = isinstance(asked, Transcription)
    return {
        "task": "transcribe" if transcribed else "translate",
        "language": languages.name(heard.language) or "unknown",
        "duration": heard.duration.seconds,
        "text": heard.text,
        "segments": [
            _segment(number, segment, asked.temperature or 0.0)
            for number, segment in enumerate(_segments(heard))
        ],
        **({"usage": _seconds(heard)} if transcribed else {}),
    }


def _segment(number: int, segment: Segment, temperature: float) -> dict[str, Any]:
    text = segment.text.encode()
    return {
        "id": number,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "temperature": temperature,
        "compression_ratio": round(len(text) / len(zlib.compress(text)), 3),
        **_UNTOLD,
    }


def _segments(heard: Transcript) -> list[Segment]:
    if heard.segments is not None:
        return [*heard.segments]
    return spread(heard.text, heard.duration.seconds)


def _guessed(heard: Transcript) -> tuple[str, ...]:
    return ("segments",) if heard.segments is None and heard.text else ()


def _seconds(heard: Transcript) -> dict[str, Any]:
    """Begun ones count, as OpenAI bills."""
    return {"type": "duration", "seconds": math.ceil(heard.duration.seconds)}


def _tokens(usage: Usage) -> dict[str, Any]:
    return {
        "type": "tokens",
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
