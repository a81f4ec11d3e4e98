"""Pictures in a chat: drawn, shown, and varied on command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from utils.domain.catalog import Model
from utils.domain.chat import Chat, Event, Finish, TextDelta
from utils.domain.media import Picture, Variation, with_flags
from utils.domain.payers import Payer
from utils.domain.variation_commands import VariationAsked, asked_variation, mark
from utils.errors import Conflict, InvalidRequest, UpstreamTimeout
from utils.onemin.media import images
from utils.onemin.media.asset_host import AssetUrls
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.media_turns import last_said, usage, words
from utils.waiting import Waiting

HINT = (
    "For variations of an image, answer with its mark, such as `[_V1_]`, or with `/v1` and "
    "the address of an image."
)


class Pictures(Protocol):
    """How pictures were made, by their paths and who made them. It may forget at any time."""

    def remember(self, paths: Iterable[str], owner: str, picture: Picture) -> None: ...
    def recall(self, path: str, owner: str) -> Picture | None: ...


class PictureChat:
    """Shared by all threads."""

    def __init__(self, deferred: Deferred, urls: AssetUrls, pictures: Pictures) -> None:
        self._deferred = deferred
        self._urls = urls
        self._pictures = pictures

    def named(self, chat: Chat) -> Iterator[str]:
        message, before = last_said(chat)
        asked = asked_variation(message.text, before)
        if asked and (path := self._urls.path(asked.image)):
            yield path

    def answer(self, chat: Chat, model: Model, payer: Payer) -> Waiting[list[Event]]:
        """To the last user message, by itself. Raises RelayError."""
        message, before = last_said(chat)
        text = words(message, model.id)
        if asked := asked_variation(text, before):
            return (yield from self._varied(asked, model, payer))
        if not model.image:
            only = f"The model {model.id!r} only varies images. {HINT}"
            raise InvalidRequest(only, param="messages")
        picture = with_flags(Picture(prompt=text, model=model.id), "messages")
        if not picture.prompt:
            raise InvalidRequest("The last user message has no prompt.", param="messages")
        reply = yield from self._deferred.reply(images.build(picture), payer)
        return self._shown(reply, "Image", picture, model, payer)

    def _varied(
        self, asked: VariationAsked, model: Model, payer: Payer
    ) -> Waiting[list[Event]]:
        if not model.variation:
            message = f"The model {model.id!r} does not vary images."
            raise InvalidRequest(message, param="model", code="model_not_supported")
        path = self._urls.path(asked.image)
        picture = with_flags(self._made(path, asked.rest, model, payer), "messages")
        feature = images.variate(Variation(path or asked.image, picture))
        try:
            reply = yield from self._deferred.reply(feature, payer)
        except UpstreamTimeout as error:
            message = "Gateway Timeout (504): varying the image took too long. Try again later."
            raise UpstreamTimeout(message) from error
        except Conflict as error:
            raise Conflict(f"Failed to create image variation: {error.message}") from error
        return self._shown(reply, "Variation", picture, model, payer)

    def _made(self, path: str | None, prompt: str, model: Model, payer: Payer) -> Picture:
        """As the one it is like was, as far as another model may understand that too."""
        picture = Picture(prompt=prompt, model=model.id)
        made = self._pictures.recall(path, payer.owner) if path else None
        if made is None:
            return picture
        return replace(
            picture, size=made.size, aspect=made.aspect, negative=made.negative, mode=made.mode
        )

    def _shown(
        self, reply: Any, title: str, picture: Picture, model: Model, payer: Payer
    ) -> list[Event]:
        urls = images.read(reply, self._urls)
        if model.variation:
            paths = filter(None, map(self._urls.path, urls))
            self._pictures.remember(paths, payer.owner, picture)
        lines = [
            f"![{title} {number}]({url}) {mark(number)}" for number, url in enumerate(urls, 1)
        ]
        text = "\n".join([*lines, *(["", HINT] if model.variation else [])])
        return [TextDelta(text), Finish(usage=usage(reply, model.id, picture.prompt))]
