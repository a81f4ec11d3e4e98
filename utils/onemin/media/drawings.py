"""Pictures that are drawn, edited and varied for their own sake, not in a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

from utils import hubs
from utils.domain.chat import Attachment, Link
from utils.domain.drawings import Drawing, Drawn, Edit, Likeness, Order
from utils.domain.files import File
from utils.domain.media import Picture, Variation
from utils.domain.payers import Payer
from utils.errors import InvalidRequest, NotFound, RelayError, TooLarge, after_payment
from utils.onemin.feature import Feature
from utils.onemin.files.sources import Sources
from utils.onemin.files.uploads import Uploads
from utils.onemin.media import edits, images
from utils.onemin.media.asset_host import AssetHost
from utils.onemin.media.deferred import Deferred
from utils.onemin.media.masks import white_where_transparent
from utils.onemin.media.media_turns import usage
from utils.onemin.media.picture_chat import Pictures
from utils.onemin.media.picture_parameters import generator, is_varied, variator
from utils.waiting import Waiting, settled

AT_ONCE = 4  # calls

_WEB = ("http://", "https://")


class Drawings:
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
        self._deferred = deferred
        self._host = host
        self._pictures = pictures
        self._sources = sources
        self._uploads = uploads

    def order(self, asked: Drawing, payer: Payer) -> Waiting[Order]:
        """The files it needs are at 1min.ai afterwards. Raises RelayError; what the model does
        not do is refused before anything is uploaded.
        """
        match asked:
            case Picture() as picture:
                parameters = generator(picture.model)
                parts = images.shared_out(picture, parameters)
                features = [images.build(part) for part in parts]
                ignored = images.ignored(picture, parameters)
            case Likeness(picture=picture):
                picture = self._as_it_was_made(asked, payer)
                features = yield from self._variations(replace(asked, picture=picture), payer)
                ignored = images.ignored(picture, variator(picture.model))
            case Edit(picture=picture):
                features = yield from self._edits(asked, payer)
                ignored = edits.ignored(asked)
        return Order(self._drawn(features, picture, payer), ignored)

    def named(self, asked: Drawing) -> Iterator[str]:
        """The files that 1min.ai keeps already, by their paths."""
        match asked:
            case Likeness(image=image):
                images = [image]
            case Edit(images=others, mask=mask):
                images = [*others, *([mask] if mask else [])]
            case _:
                images = []
        return filter(None, map(self._path_of, images))

    def data(self, url: str) -> Waiting[bytes]:
        """Of a picture. Raises as `AssetHost.data` does."""
        return self._host.data(url)

    def _drawn(
        self, features: Sequence[Feature], picture: Picture, payer: Payer
    ) -> Waiting[Drawn]:
        calls = [self._made(replace(each, later=True), payer) for each in features]
        replies = yield from self._whole(calls)
        urls = [url for reply in replies for url in images.read(reply, self._host.urls)]
        if is_varied(picture.model):
            paths = filter(None, map(self._host.urls.path, urls))
            self._pictures.remember(paths, payer.owner, picture)
        told = features[0].prompt
        return Drawn(
            urls,
            reduce(add, (usage(reply, picture.model, picture.prompt) for reply in replies)),
            **{name: told.get(name, "") for name in ("size", "quality", "background")},
        )

    def _whole(self, calls: Sequence[Waiting[Any]]) -> Waiting[list[Any]]:
        """What each came to. Raises the first failure, which tells where the rest is."""
        outcomes = yield from settled(calls, AT_ONCE)
        failures = [each for each in outcomes if isinstance(each, RelayError)]
        replies = [each for each in outcomes if not isinstance(each, RelayError)]
        if not failures:
            return replies
        with after_payment() if replies or any(f.paid for f in failures) else nullcontext():
            urls = [url for each in replies for url in images.read(each, self._host.urls)]
            failures[0].message += f" What was made is at: {' '.join(urls)}" if urls else ""
            raise failures[0]

    def _made(self, feature: Feature, payer: Payer) -> Waiting[Any]:
        reply = yield from self._deferred.reply(feature, payer)
        images.read(reply, self._host.urls)  # raises what was refused
        return reply

    def _variations(self, asked: Likeness, payer: Payer) -> Waiting[list[Feature]]:
        parts = images.shared_out(asked.picture, variator(asked.picture.model))
        for part in parts:  # raises what would only be known after the upload
            images.variate(Variation("", part))
        image = yield from self._path(asked.image, self._file(asked.image, payer), payer)
        return [images.variate(Variation(image, part)) for part in parts]

    def _as_it_was_made(self, asked: Likeness, payer: Payer) -> Picture:
        """Where nothing else is asked."""
        picture, path = asked.picture, self._path_of(asked.image)
        made = self._pictures.recall(path, payer.owner) if path else None
        if made is None:
            return picture
        shaped = picture.size or picture.aspect
        return replace(
            picture,
            size=picture.size if shaped else made.size,
            aspect=picture.aspect if shaped else made.aspect,
            negative=picture.negative or made.negative,
            mode=picture.mode or made.mode,
        )

    def _edits(self, asked: Edit, payer: Payer) -> Waiting[list[Feature]]:
        prompts, places = edits.prompts(asked), dict[str, str]()
        files = [self._file(image, payer) for image in asked.images]
        yield  # fetching them may have taken a while
        if asked.mask:
            mask = hubs.elsewhere(_masking, asked.mask, self._file(asked.mask, payer), files[0])
            places["maskUrl"] = yield from self._path(asked.mask, mask, payer)
        for name, image, file in zip(edits.places(asked), asked.images, files, strict=False):
            places[name] = yield from self._path(image, file, payer)
        return [edits.build(asked, {**places, **prompt}) for prompt in prompts]

    def _file(self, image: Attachment, payer: Payer) -> File | None:
        """None for what 1min.ai keeps already."""
        if self._path_of(image):
            return None
        try:
            return self._sources.file(image, payer)
        except (InvalidRequest, NotFound, TooLarge) as error:
            error.param = image.place
            raise

    def _path(self, image: Attachment, file: File | None, payer: Payer) -> Waiting[str]:
        if file is None:
            return self._path_of(image)
        try:
            return (yield from self._uploads.asset(file, payer)).path
        except InvalidRequest as error:
            error.param = image.place
            raise

    def _path_of(self, image: Attachment) -> str:
        """Of a file that 1min.ai keeps, named by its address or by its path alone."""
        match image.source:
            case Link(url) if url.startswith(_WEB):
                return self._host.urls.path(url) or ""
            case Link(path):
                return path
        return ""


def _masking(asked: Attachment, mask: File | None, image: File | None) -> File:
    if mask is None:
        message = "mask: send it as a file, for it has to be looked at"
        raise InvalidRequest(message, param=asked.place)
    return white_where_transparent(mask, image)
