"""1min.ai seen from the relay: domain values in, domain values out."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from random import getrandbits
from threading import Thread
from typing import TypeVar

from utils.domain import context, filters
from utils.domain.catalog import Model
from utils.domain.chat import Ask, Batches, Chat, Usage, WebSearch
from utils.domain.drawings import Drawing, Order
from utils.domain.emulation import bounded, conversing
from utils.domain.media import Speech
from utils.domain.meter import Meter
from utils.domain.spoken import Spoken
from utils.domain.tool_calls.frame import Frame
from utils.domain.transcripts import Listening, Transcript
from utils.domain.videos import Progress, Shot, Started, VideoFile
from utils.errors import RelayError
from utils.onemin import chat, models, redaction
from utils.onemin.client import Client
from utils.onemin.crawl_notes import without_crawl_notes
from utils.onemin.files.attached import Prepared
from utils.onemin.files.attachments import Attachments
from utils.onemin.media.media import Media
from utils.onemin.transport import Transports
from utils.tokens import counts
from utils.waiting import Waiting, silence

T = TypeVar("T")

_LINK = re.compile(r"https?://", re.IGNORECASE)


class OneMin:
    """Shared by all threads."""

    def __init__(
        self,
        client: Client,
        search: WebSearch,
        *,
        attachments: Attachments,
        media: Media,
        transports: Transports,
    ) -> None:
        self._client = client
        self._search = search
        self._attachments = attachments
        self._media = media
        self._transports = transports

    def chat(self, asked: Chat, model: Model | None, key: str) -> Batches:
        """The answer in batches. Closing this hangs up on 1min.ai. `model` is None where nobody
        knows what it can do.

        Raises RelayError, with the key taken out of whatever 1min.ai said.
        """
        try:
            if model and model.media and not model.chat:
                yield from self._media.chat.answered(asked, model, key)
            else:
                yield from self._answered(asked, model, key)
        except RelayError as error:
            error.message = redaction.shown(error.message, key)
            raise

    def order(self, asked: Drawing, key: str) -> Waiting[Order]:
        """Raises as `chat` does, and so does what is ordered."""
        order = yield from _masked(self._media.drawings.order(asked, key), key)
        return replace(order, work=_masked(order.work, key))

    def picture(self, url: str) -> Waiting[bytes]:
        """One that was drawn. Raises RelayError."""
        return self._media.drawings.data(url)

    def speech(self, asked: Speech, key: str) -> Waiting[Spoken]:
        """Raises as `chat` does."""
        return _masked(self._media.sounds.speech(asked, key), key)

    def transcript(self, asked: Listening, key: str) -> Waiting[Transcript]:
        """Raises as `chat` does."""
        return _masked(self._media.sounds.transcript(asked, key), key)

    def video(self, asked: Shot, key: str) -> Waiting[Started]:
        """Raises as `chat` does."""
        return _masked(self._media.videos.start(asked, key), key)

    def video_progress(self, call: str, key: str) -> Waiting[Progress]:
        """Raises as `chat` does; a failure of the video is told the same way."""
        progress = yield from _masked(self._media.videos.progress(call, key), key)
        if progress.error:
            progress.error.message = redaction.shown(progress.error.message, key)
        return progress

    def video_file(self, url: str) -> Waiting[VideoFile]:
        """Of one that is there. Raises RelayError."""
        return self._media.videos.file(url)

    def _answered(self, asked: Chat, model: Model | None, key: str) -> Batches:
        attached = any(message.attachments for message in asked.messages)
        meter, prepared = Meter(_counted), Prepared(asked)
        if attached and not self._transports.only_native:
            prepared = yield from silence(self._attachments.prepared(asked, model, key))
            # Once more: files have become text.
            context.fitted(prepared.chat, model.context if model else 0, trim=False)
        for usage in prepared.spent:
            meter.book(usage)
        said = prepared.chat
        ask = conversing(meter.metered(self._unify(prepared, key)), said, _frame, _call_id)
        if not attached or self._transports.only_native:
            native = filters.thinking(meter.metered(self._transports.native(key)))
            ask = self._transports.choosing(ask, native, key)
        yield from meter.booked(bounded(ask, said))(said)

    def _unify(self, prepared: Prepared, key: str) -> Ask:
        """1min.ai's flat chat: text in, text out."""

        def asked(flat: Chat) -> Batches:
            feature = chat.build(replace(prepared, chat=flat), self._search)
            read = chat.read_stream if flat.stream else chat.read_whole
            with closing(self._client.send(feature, key)) as pieces:
                batches = read(pieces)
                if flat.web_search or any(_LINK.search(m.text) for m in flat.messages):
                    batches = without_crawl_notes(batches)
                yield from batches

        return asked

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._client.close()
        self._media.close()
        self._transports.close()

    def models(self) -> list[Model]:
        """Every model of every feature that is used. Raises RelayError.

        On daemon threads: an executor's would keep a relay that stops waiting for the list.
        """
        lists: dict[str, list[Model]] = {}
        errors: list[RelayError] = []

        def fetch(feature: str) -> None:
            try:
                reply = self._client.get(models.target(feature))
                lists[feature] = models.read(reply, feature)
            except RelayError as error:
                errors.append(error)

        threads = [Thread(target=fetch, args=(f,), daemon=True) for f in models.FEATURES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return models.merged(lists[feature] for feature in models.FEATURES)


def _masked(waiting: Waiting[T], key: str) -> Waiting[T]:
    """With the key taken out of whatever 1min.ai said."""
    try:
        return (yield from waiting)
    except RelayError as error:
        error.message = redaction.shown(error.message, key)
        raise


def _counted(asked: Chat, text: str) -> Usage:
    texts = [message.text for message in asked.messages]
    names = sum(bool(message.name) for message in asked.messages)
    read = counts.count_messages(texts, asked.model, names)
    return Usage(read, counts.count(text, asked.model), "estimated")


def _frame(chat: Chat) -> Frame:
    """One whose mark stands nowhere in the chat."""
    while True:
        mark = f"{getrandbits(32):08x}"  # no body is large enough to hold them all
        if not any(mark in message.text for message in chat.messages):
            return Frame(mark)


def _call_id() -> str:
    return f"call_{getrandbits(96):024x}"
