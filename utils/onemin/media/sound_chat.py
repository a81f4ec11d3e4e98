"""Speech and recordings in a chat: its last message spoken, or what was recorded in writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from utils.domain.catalog import Model
from utils.domain.chat import (
    Attachment,
    Chat,
    Event,
    Finish,
    Link,
    Message,
    TextDelta,
)
from utils.domain.media import AudioFormat, Recording, Sound, Speech
from utils.domain.payers import Payer
from utils.errors import InvalidRequest, NotFound, TooLarge
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media import speech, transcription
from utils.onemin.media.asset_host import AssetHost
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.media_turns import last_said, usage, words
from utils.waiting import Waiting

MOST = 5  # recordings a message: each is a call of its own

_LINK = re.compile(r"https?://[^\s<>()\[\]\"'`]+", re.IGNORECASE)
_TRAILING = ".,;:!?"


class SpeechChat:
    """Shared by all threads."""

    def __init__(self, deferred: Deferred, host: AssetHost) -> None:
        self._deferred = deferred
        self._host = host

    def answer(self, chat: Chat, model: Model, payer: Payer) -> Waiting[list[Event]]:
        """The last user message, spoken: a link, or sound where that was asked for."""
        message, _ = last_said(chat)
        text = words(message, model.id)
        asked = chat.audio or AudioFormat()
        said = Speech(text=text, model=model.id, voice=asked.voice, format=asked.format)
        reply = yield from self._deferred.reply(speech.build(said), payer)
        url = speech.read(reply, self._host.urls)
        finish = Finish(usage=usage(reply, model.id, text))
        if chat.audio is None:
            return [TextDelta(f"🔊 [Audio.{_extension(url)}]({url})"), finish]
        data = yield from self._host.data(url)
        return [Sound(data, _extension(url), text), finish]


class TranscriptChat:
    """Shared by all threads."""

    def __init__(
        self, deferred: Deferred, host: AssetHost, sources: Sources, uploads: Uploads
    ) -> None:
        self._deferred = deferred
        self._host = host
        self._sources = sources
        self._uploads = uploads

    def answer(self, chat: Chat, model: Model, payer: Payer) -> Waiting[list[Event]]:
        """What the recordings of the last user message say, or the one it links to."""
        message, _ = last_said(chat)
        events: list[Event] = []
        total = None
        for source in _sources(message):
            audio = yield from self._place(source, payer)
            feature = transcription.build(Recording(audio, model.id))
            reply = yield from self._deferred.reply(feature, payer)
            text = transcription.read(reply)
            used = usage(reply, model.id, "" if events else message.text, text)
            total = total + used if total else used
            events.append(TextDelta(f"\n\n{text}" if events else text))
        return [*events, Finish(usage=total)]

    def named(self, chat: Chat) -> Iterator[str]:
        for source in _sources(last_said(chat)[0]):
            url = source if isinstance(source, str) else _address(source)
            if path := self._host.urls.path(url):
                yield path

    def _place(self, source: Attachment | str, payer: Payer) -> Waiting[str]:
        """Where 1min.ai finds it."""
        match source:
            case str(url) | Attachment(source=Link(url)):
                return self._host.urls.path(url) or url
        try:
            file = self._sources.file(source, payer)
            return (yield from self._uploads.asset(file, payer)).path
        except (InvalidRequest, NotFound, TooLarge) as error:
            error.param = source.place
            raise


def _sources(message: Message) -> list[Attachment | str]:
    """Raises InvalidRequest where there is nothing to hear."""
    for attachment in message.attachments:
        if attachment.kind != "audio":
            raise InvalidRequest("This model only hears recordings.", param=attachment.place)
        if isinstance(attachment.source, Link) and not _LINK.fullmatch(attachment.source.url):
            raise InvalidRequest("A link must be http or https.", param=attachment.place)
    for attachment in message.attachments[MOST:]:
        most = f"At most {MOST} recordings can be heard at a time."
        raise InvalidRequest(most, param=attachment.place)
    if message.attachments:
        return [*message.attachments]
    if found := _LINK.search(message.text):
        return [found[0].rstrip(_TRAILING)]
    raise InvalidRequest(
        "There is no recording: attach one to the message, or link to it.", param="messages"
    )


def _address(recording: Attachment) -> str:
    return recording.source.url if isinstance(recording.source, Link) else ""


def _extension(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix[1:].lower() or "mp3"
