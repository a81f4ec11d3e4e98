"""1min.ai seen from the relay: domain values in, domain values out."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from typing import TypeVar
from uuid import uuid4

from utils.domain.catalog import Model
from utils.domain.chat import Batches, Chat
from utils.domain.drawings import Drawing, Drawn, Order
from utils.domain.media import Speech
from utils.domain.payers import Payer
from utils.domain.spoken import Spoken
from utils.domain.transcripts import Listening, Transcript
from utils.domain.videos import Progress, Shot, Started, VideoFile
from utils.errors import Unauthorized, UpstreamFailed
from utils.onemin.bills import Paying
from utils.onemin.client import Client
from utils.onemin.listing import listed
from utils.onemin.media.makers import Makers
from utils.onemin.media.media import Media
from utils.onemin.pool import Pool
from utils.onemin.text_chat import TextChat
from utils.waiting import Waiting

T = TypeVar("T")
Y = TypeVar("Y")


class OneMin:
    """Shared by all threads."""

    def __init__(
        self,
        client: Client,
        *,
        text: TextChat,
        media: Media,
        pool: Pool,
        makers: Makers,
    ) -> None:
        self._client = client
        self._text = text
        self._media = media
        self._pool = pool
        self._makers = makers

    def chat(self, asked: Chat, model: Model | None, payer: Payer) -> Batches:
        """The answer in batches. Closing this hangs up on 1min.ai. `model` is None where nobody
        knows what it can do.

        Raises RelayError, with the key taken out of whatever 1min.ai said.
        """
        if model and model.media and not model.chat:
            payer = self._makers.pinned(payer, self._media.chat.named(asked, model))
            return self._paid(payer, partial(self._media.chat.answered, asked, model))
        return self._paid(payer, partial(self._text.answered, asked, model))

    def order(self, asked: Drawing, payer: Payer) -> Waiting[Order]:
        """Raises as `chat` does, and so does what is ordered: by the same account, or anew by
        another that has to take its place.
        """
        payer = self._makers.pinned(payer, self._media.drawings.named(asked))
        orders: dict[str, tuple[Order, Paying]] = {}

        def ordered(paying: Paying) -> Waiting[Order]:
            order = yield from self._media.drawings.order(asked, paying)
            orders[paying.account] = order, paying
            return order

        def drawn(paying: Paying) -> Waiting[Drawn]:
            if paying.account not in orders:
                yield from ordered(paying)
            drawn = yield from orders[paying.account][0].work
            return replace(drawn, usage=paying.bill.priced(drawn.usage))

        order = yield from self._paid(payer, ordered)
        [(_, first)] = orders.values()
        return replace(order, work=self._paid(payer, drawn, first))

    def picture(self, url: str) -> Waiting[bytes]:
        """One that was drawn. Raises RelayError."""
        return self._media.drawings.data(url)

    def speech(self, asked: Speech, payer: Payer) -> Waiting[Spoken]:
        """Raises as `chat` does."""

        def spoken(paying: Paying) -> Waiting[Spoken]:
            made = yield from self._media.sounds.speech(asked, paying)
            return replace(made, usage=paying.bill.priced(made.usage))

        return self._paid(payer, spoken)

    def transcript(self, asked: Listening, payer: Payer) -> Waiting[Transcript]:
        """Raises as `chat` does."""

        def heard(paying: Paying) -> Waiting[Transcript]:
            made = yield from self._media.sounds.transcript(asked, paying)
            return replace(made, usage=paying.bill.priced(made.usage))

        return self._paid(payer, heard)

    def video(self, asked: Shot, payer: Payer) -> Waiting[Started]:
        """Raises as `chat` does."""

        def begun(paying: Paying) -> Waiting[Started]:
            started = yield from self._media.videos.start(asked, paying)
            return replace(started, account=paying.account)

        return self._paid(payer, begun)

    def video_progress(self, call: str, payer: Payer) -> Waiting[Progress]:
        """Raises as `chat` does; a failure of the video is told the same way. The payer's
        account is the one that began it.
        """

        def told(paying: Paying) -> Waiting[Progress]:
            progress = yield from self._media.videos.progress(call, paying)
            if progress.error:
                error = self._pool.blamed(progress.error, paying)
                progress = replace(progress, error=error)
            return progress

        return self._paid(payer, told)

    def video_file(self, url: str) -> Waiting[VideoFile]:
        """Of one that is there. Raises RelayError."""
        return self._media.videos.file(url)

    def accepts(self, payer: Payer) -> Waiting[bool]:
        """Whether 1min.ai knows this key. It tells for free, asked for a call that there never
        was (onemin-api.md 8). Raises as `chat` does.
        """
        try:
            ask = partial(self._client.result, str(uuid4()))
            reply = yield from self._paid(payer, ask)
        except Unauthorized:
            return False
        if not isinstance(reply, dict) or "aiRecord" not in reply:
            raise UpstreamFailed("1min.ai did not say whether it knows this API key.")
        return True

    def _paid(
        self,
        payer: Payer,
        ask: Callable[[Paying], Generator[Y, None, T]],
        first: Paying | None = None,
    ) -> Generator[Y, None, T]:
        """As `Pool.paid` does. Who made a file is remembered, whatever became of the rest."""

        def made(paying: Paying) -> Generator[Y, None, T]:
            try:
                return (yield from ask(paying))
            finally:
                self._makers.remember(paying)

        return self._pool.paid(payer, made, first)

    def close(self) -> None:
        """No connection is kept for later any more."""
        self._client.close()
        self._media.close()
        self._text.close()

    def models(self) -> list[Model]:
        """Every model of every feature that is used. Raises RelayError."""
        return listed(self._client.get)
