"""A chat with a model that draws, speaks or listens, and is no chat model."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from utils.domain.catalog import Model
from utils.domain.chat import Chat, Event
from utils.domain.payers import Payer
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media.asset_host import AssetHost
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.picture_chat import PictureChat, Pictures
from utils.onemin.media.sound_chat import SpeechChat, TranscriptChat
from utils.waiting import Waiting, silence


class MediaChat:
    """Shared by all threads."""

    def __init__(
        self,
        deferred: Deferred,
        host: AssetHost,
        *,
        pictures: Pictures,
        sources: Sources,
        uploads: Uploads,
    ) -> None:
        self._host = host
        self._pictures = PictureChat(deferred, host.urls, pictures)
        self._speech = SpeechChat(deferred, host)
        self._transcripts = TranscriptChat(deferred, host, sources, uploads)

    def answered(self, chat: Chat, model: Model, payer: Payer) -> Generator[Sequence[Event]]:
        """The answer in batches, an empty one for each moment of silence. Closing this hangs up
        on 1min.ai, whose work goes on. Raises RelayError.
        """
        yield (yield from silence(self._answer(chat, model, payer)))

    def named(self, chat: Chat, model: Model) -> Iterator[str]:
        """The files of 1min.ai's making that the answer needs, by their paths. Raises
        InvalidRequest.
        """
        if model.speech:
            return iter(())
        asked = self._transcripts if model.transcription else self._pictures
        return asked.named(chat)

    def close(self) -> None:
        self._host.close()

    def _answer(self, chat: Chat, model: Model, payer: Payer) -> Waiting[list[Event]]:
        if model.speech:
            return self._speech.answer(chat, model, payer)
        if model.transcription:
            return self._transcripts.answer(chat, model, payer)
        return self._pictures.answer(chat, model, payer)
