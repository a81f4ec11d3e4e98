"""/v1/audio/transcriptions and /v1/audio/translations, as they are asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from utils.domain.chat import Inline, Link
from utils.domain.media import Recording
from utils.domain.transcripts import Listening
from utils.errors import InvalidRequest
from utils.wire.fields import Fields, Given

Form = Literal["json", "text", "srt", "verbose_json", "vtt"]
TIMED: tuple[Form, ...] = ("srt", "verbose_json", "vtt")

_Address = Annotated[str, Field(max_length=8192)]
_ADDRESSES = ("url", "file_url", "audio_url")
_LISTS = ("timestamp_granularities", "include")


class Translation(Fields):
    """`url` or one of its other names is where the recording is, in place of a file."""

    model: Annotated[str, Field(max_length=256)] = ""
    prompt: str = ""
    response_format: Form = "json"
    temperature: Annotated[float, Field(strict=False, ge=0, le=1)] | None = None
    url: _Address = ""
    file_url: _Address = ""
    audio_url: _Address = ""

    @property
    def ignored(self) -> list[str]:
        return []

    @property
    def timed(self) -> bool:
        return self.response_format in TIMED

    def to_listening(self, file: Inline | None, model: str) -> Listening:
        """Raises InvalidRequest unless there is one recording."""
        given = {name: url for name in _ADDRESSES if (url := getattr(self, name))}
        if file is None and not given:
            message = "file: a recording is required, in multipart/form-data, or its url"
            raise InvalidRequest(message, param="file")
        if len(given) + bool(file) > 1:
            place = next(reversed(given))
            raise InvalidRequest(f"{place}: give one recording, and once", param=place)
        if file:
            return Listening(file, "file", self._recording(model))
        [(place, url)] = given.items()
        return Listening(Link(url), place, self._recording(model))

    def _recording(self, model: str) -> Recording:
        return Recording(
            audio="",
            model=model,
            prompt=self.prompt,
            temperature=self.temperature,
            timed=self.timed,
            translated=True,
        )


class Transcription(Translation):
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")] = ""
    stream: Annotated[bool, Field(strict=False)] = False
    timestamp_granularities: Annotated[
        list[Literal["segment", "word"]], Field(fail_fast=True, max_length=8)
    ] = Field(default_factory=list)
    include: Annotated[list[Literal["logprobs"]], Field(fail_fast=True, max_length=8)] = Field(
        default_factory=list
    )
    chunking_strategy: str = ""

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        """A list is `include[]`, as often as it has items."""
        lists = {name: given.get(f"{name}[]") or given.get(name) for name in _LISTS}
        return {**first, **{name: list(values) for name, values in lists.items() if values}}

    @field_validator("stream")
    @classmethod
    def _is_text(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("response_format") in TIMED:
            raise ValueError("a stream has no times, so response_format must be json or text")
        return value

    @field_validator("timestamp_granularities")
    @classmethod
    def _can_be_told(cls, value: list[str], info: ValidationInfo) -> list[str]:
        if "word" in value:
            raise ValueError("1min.ai does not tell when each word was said")
        if value and info.data.get("response_format") not in ("verbose_json", None):
            raise ValueError("response_format must be verbose_json")
        return value

    @field_validator("include")
    @classmethod
    def _is_known(cls, value: list[str]) -> list[str]:
        if value:
            raise ValueError("1min.ai tells no probabilities")
        return value

    @property
    def ignored(self) -> list[str]:
        return ["chunking_strategy"] if self.chunking_strategy else []

    def _recording(self, model: str) -> Recording:
        return Recording(
            audio="",
            model=model,
            language=self.language,
            prompt=self.prompt,
            temperature=self.temperature,
            timed=self.timed,
        )
