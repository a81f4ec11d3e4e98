"""/v1/audio/speech."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from utils.domain.chat import Usage
from utils.domain.media import Speech
from utils.errors import RelayError
from utils.wire.body import Body
from utils.wire.openai_chunks import error_frame, frame

_Name = Annotated[str, Field(max_length=256)]


class CustomVoice(Body):
    id: _Name


class SpeechRequest(Body):
    input: Annotated[str, Field(min_length=1, max_length=4096)]
    model: _Name | None = None
    voice: _Name | CustomVoice | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    speed: Annotated[float, Field(ge=0.25, le=4)] | None = None
    instructions: str | None = None
    stream_format: Literal["audio", "sse"] | None = None

    @field_validator("input")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("there is nothing to say")
        return value

    @property
    def ignored(self) -> list[str]:
        """No model of 1min.ai can be told how to speak."""
        return ["instructions"] if self.instructions else []

    def to_speech(self, model: str) -> Speech:
        voice = self.voice.id if isinstance(self.voice, CustomVoice) else self.voice
        return Speech(
            text=self.input,
            model=model,
            voice=voice or "",
            format=self.response_format or "",
            speed=1.0 if self.speed is None else self.speed,
        )


def frames(pieces: Iterable[bytes], usage: Usage) -> Iterator[bytes]:
    """Sound as events. A failure is the last one."""
    try:
        for piece in _whole_letters(pieces):
            audio = base64.b64encode(piece).decode()
            yield frame({"type": "speech.audio.delta", "audio": audio})
    except RelayError as error:
        yield error_frame(error)
        return
    yield frame({"type": "speech.audio.done", "usage": _usage(usage)})


def _whole_letters(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """In threes, which Base64 does not have to fill up: so some clients decode all at once."""
    rest = b""
    for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % 3
        if whole:
            yield rest[:whole]
            rest = rest[whole:]
    if rest:
        yield rest


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
