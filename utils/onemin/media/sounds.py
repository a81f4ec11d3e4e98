"""Speech and transcripts that are asked for by themselves, not in a chat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

from utils.domain.chat import Attachment, Inline, Link
from utils.domain.files import File
from utils.domain.media import Speech
from utils.domain.payers import Payer
from utils.domain.sound_files.duration import duration
from utils.domain.spoken import Spoken
from utils.domain.transcripts import Listening, Transcript
from utils.errors import InvalidRequest, NotFound, RelayError, TooLarge, after_payment
from utils.onemin import records
from utils.onemin.feature import Feature
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media import speech, spoken_files, transcription
from utils.onemin.media.asset_host import AssetHost
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.media_turns import usage
from utils.waiting import Waiting, settled, together

AT_ONCE = 4  # calls for one long text

# What a client calls what 1min.ai complains of.
_SPOKEN_FIELDS = {
    "text": "input",
    "speed": "speed",
    "speakingRate": "speed",
    "voice": "voice",
    "voice_id": "voice",
    "name": "voice",
    "languageCode": "voice",
    "response_format": "response_format",
    "output_format": "response_format",
    "audioEncoding": "response_format",
}
_HEARD_FIELDS = {name: name for name in ("language", "prompt", "temperature")}


class Sounds:
    """Shared by all threads."""

    def __init__(
        self,
        deferred: Deferred,
        host: AssetHost,
        *,
        sources: Sources,
        uploads: Uploads,
        largest: int,
    ) -> None:
        """`largest` is of a recording, in bytes."""
        self._deferred = deferred
        self._host = host
        self._sources = sources
        self._uploads = uploads
        self._largest = largest

    def speech(self, asked: Speech, payer: Payer) -> Waiting[Spoken]:
        """Raises RelayError, naming the field that a client would."""
        parts = speech.parts(asked)
        calls = [self._spoken(part, payer) for part in parts]
        outcomes = yield from settled(calls, AT_ONCE)
        failures = [each for each in outcomes if isinstance(each, RelayError)]
        replies = [each for each in outcomes if not isinstance(each, RelayError)]
        urls = [speech.read(reply, self._host.urls) for reply in replies]
        form = speech.form(asked)
        try:
            paid = urls or any(failure.paid for failure in failures)
            with after_payment() if paid else nullcontext():
                if failures:
                    raise failures[0]
                sound = yield from spoken_files.begun(urls, form, self._host)
        except RelayError as error:
            error.message += f" The sound is at: {' '.join(urls)}" if urls else ""
            raise
        spent = [usage(reply, p.model, p.text) for reply, p in zip(replies, parts, strict=True)]
        return Spoken(
            pieces=sound.pieces,
            close=sound.close,
            format=form,
            usage=reduce(add, spent),
            size=sound.size,
            ignored=speech.ignored(asked),
        )

    def transcript(self, asked: Listening, payer: Payer) -> Waiting[Transcript]:
        """Raises as `speech` does."""
        try:
            file = yield from self._file(asked, payer)
            asset = yield from self._uploads.asset(file, payer)
        except (InvalidRequest, NotFound, TooLarge) as error:
            error.param = asked.place
            raise
        recording = replace(asked.recording, audio=asset.path)
        feature = replace(transcription.build(recording), later=True)
        try:
            reply = yield from self._deferred.reply(feature, payer)
            text, segments = transcription.read_timed(reply, recording)
        except InvalidRequest as error:
            fields = {**_HEARD_FIELDS, "audioUrl": asked.place, "file": asked.place}
            error.param = error.param or _named(error.message, feature, fields)
            raise
        return Transcript(
            text=text,
            duration=duration(file),
            usage=usage(reply, recording.model, recording.prompt, text),
            segments=segments,
            language=transcription.language(recording),
            ignored=transcription.ignored(recording),
        )

    def _spoken(self, part: Speech, payer: Payer) -> Waiting[Any]:
        feature = replace(speech.build(part), later=True)
        try:
            reply = yield from self._deferred.reply(feature, payer)
            records.record(reply)  # raises what was refused
        except InvalidRequest as error:
            error.param = error.param or _named(error.message, feature, _SPOKEN_FIELDS)
            raise
        return reply

    def _file(self, asked: Listening, payer: Payer) -> Waiting[File]:
        source, place = asked.source, asked.place
        if isinstance(source, Link) and self._host.urls.path(source.url):
            source = Inline(data=(yield from self._host.named(source.url, self._largest)))
        attachment = Attachment("audio", source, place)
        [file] = yield from together([self._sourced(attachment, payer)], 1)
        if len(file.data) > self._largest:
            most = f"{self._largest / 2**20:g} MiB"
            raise TooLarge(f"The recording is larger than {most}.", code="file_too_large")
        return file

    def _sourced(self, attachment: Attachment, payer: Payer) -> Waiting[File]:
        yield  # a link may take its time
        return self._sources.file(attachment, payer)


def _named(message: str, feature: Feature, fields: Mapping[str, str]) -> str | None:
    """The field that a message is about: `voice: no`, or `Invalid 'voice'`, or what it was told
    in quotes.
    """
    for name, field in fields.items():
        told = feature.prompt.get(name)
        values = {name, told} if isinstance(told, str) and told else {name}
        quoted = any(f"{mark}{value}{mark}" in message for value in values for mark in "'\"")
        if quoted or re.search(rf"(?<!\w){name}:", message):
            return field
    return None
