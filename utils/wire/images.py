"""POST /v1/images/generations, /edits and /variations, as clients ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain import media
from utils.domain.chat import Attachment, FileId, Link
from utils.domain.drawings import LONGEST_EDGE, Edges, Edit, Likeness
from utils.domain.media import Picture, with_flags
from utils.errors import InvalidRequest
from utils.wire.attachments import source
from utils.wire.body import Body
from utils.wire.fields import Fields, Given

MOST_IMAGES = 16
LONGEST_PROMPT = 32_000  # characters

Word = Annotated[str, Field(max_length=100)]
Edge = Annotated[int, Field(ge=0, le=LONGEST_EDGE)]

_PLACE = r"^(https?://[!-~]+|[\w.-]+(/[\w.-]+)*)$"
_NUMBER = re.compile(r"-?\d{1,9}")
_TEXTS = {"true": True, "false": False}
# Of fields that are numbers or truth values, which a form can only tell as text.
_UNTEXTUAL = frozenset(
    ("n", "output_compression", "partial_images", "stream", "left", "right", "up", "down")
)


class Asked(Fields):
    """What all three have."""

    model: Annotated[str, Field(max_length=256)] | None = None
    prompt: Annotated[str, Field(max_length=LONGEST_PROMPT)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    size: Word | None = None
    style: Word | None = None
    response_format: Literal["url", "b64_json"] | None = None

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        return {
            name: _untextual(text) if name in _UNTEXTUAL else text
            for name, text in first.items()
        }

    @property
    def ignored(self) -> list[str]:
        return []

    @property
    def streams(self) -> bool:
        return False

    def inline(self, model: str) -> bool:
        """Whether the picture itself is wanted, not its URL. Some models of OpenAI's never
        have one, and who asks them expects none.
        """
        usual = "b64_json" if model.startswith("gpt-image") else "url"
        return self.streams or (self.response_format or usual) == "b64_json"

    def to_picture(self, model: str) -> Picture:
        """Raises InvalidRequest."""
        size = _but_auto(self.size)
        picture = Picture(
            prompt=self.prompt or "",
            model=model,
            n=self.n or 1,
            size=media.size(size, "size") if size else None,
            style=self.style or "",
        )
        return with_flags(picture, "prompt")


class Painting(Asked):
    """What a picture is to look like, made new or of another."""

    quality: Word | None = None
    background: Literal["transparent", "opaque", "auto"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    moderation: Literal["low", "auto"] | None = None
    stream: bool | None = None
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = None

    @property
    def streams(self) -> bool:
        return bool(self.stream)

    @property
    def ignored(self) -> list[str]:
        """There are no pictures half-way, and one way of moderating."""
        return [name for name in ("moderation", "partial_images") if getattr(self, name)]

    def to_picture(self, model: str) -> Picture:
        return replace(
            super().to_picture(model),
            quality=_but_auto(self.quality),
            background=_but_auto(self.background),
            output_format=self.output_format or "",
            output_compression=self.output_compression,
        )


class ImageGeneration(Painting):
    prompt: Annotated[str, Field(max_length=LONGEST_PROMPT)]

    def to_picture(self, model: str) -> Picture:
        picture = super().to_picture(model)
        if not picture.prompt.strip():
            raise InvalidRequest("prompt: says nothing", param="prompt")
        return picture


class ImageReference(Body):
    image_url: str | None = None
    file_id: str | None = None

    def to_attachment(self, place: str) -> Attachment:
        """Raises InvalidRequest."""
        if self.image_url:
            place = f"{place}.image_url"
            return Attachment("image", source(self.image_url, place), place)
        if self.file_id:
            return Attachment("image", FileId(self.file_id), f"{place}.file_id")
        raise InvalidRequest(f"{place}: needs image_url or file_id", param=place)


class ImageEdit(Painting):
    """`search_prompt` and the edges are the relay's own, for editors that OpenAI has not."""

    input_fidelity: Literal["high", "low"] | None = None
    images: Annotated[list[ImageReference], Field(fail_fast=True)] | None = None
    mask: ImageReference | None = None
    search_prompt: Annotated[str, Field(max_length=LONGEST_PROMPT)] | None = None
    left: Edge | None = None
    right: Edge | None = None
    up: Edge | None = None
    down: Edge | None = None

    @property
    def ignored(self) -> list[str]:
        return [*super().ignored, *(["input_fidelity"] if self.input_fidelity else [])]

    @property
    def attached(self) -> list[Attachment]:
        """The pictures that a JSON body tells of. Raises InvalidRequest."""
        return [
            image.to_attachment(f"images[{index}]")
            for index, image in enumerate(self.images or ())
        ]

    @property
    def masking(self) -> Attachment | None:
        """Raises InvalidRequest."""
        return self.mask.to_attachment("mask") if self.mask else None

    def to_edit(
        self, model: str, way: str, images: Sequence[Attachment], mask: Attachment | None
    ) -> Edit:
        """Raises InvalidRequest."""
        if not images:
            raise InvalidRequest("image: a picture is required", param="image")
        for image in images[MOST_IMAGES:]:
            message = f"image: there can be {MOST_IMAGES} at most"
            raise InvalidRequest(message, param=image.place)
        return Edit(
            picture=self.to_picture(model),
            images=images,
            mask=mask,
            way=way or ("inpaint" if mask else "edit"),
            search=self.search_prompt or "",
            edges=Edges(self.left or 0, self.right or 0, self.up or 0, self.down or 0),
        )


class ImageVariation(Asked):
    """`image_path` is the relay's own: the address, or the path at 1min.ai, of a picture that
    was made there. It is varied as it was made.
    """

    image_path: Annotated[str, Field(max_length=1000, pattern=_PLACE)] | None = None

    def to_likeness(self, model: str, image: Attachment | None) -> Likeness:
        """Raises InvalidRequest."""
        if self.image_path:
            image = Attachment("image", Link(self.image_path), "image_path")
        if image is None:
            raise InvalidRequest("image: a picture is required", param="image")
        return Likeness(picture=self.to_picture(model), image=image)


def _untextual(text: str) -> Any:
    return int(text) if _NUMBER.fullmatch(text) else _TEXTS.get(text.lower(), text)


def _but_auto(word: str | None) -> str:
    return "" if word is None or word == "auto" else word
