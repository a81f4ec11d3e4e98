"""POST /v1/moderations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from utils.wire.body import Body

MOST_INPUTS = 2048


class TextInput(Body):
    type: Literal["text"]
    text: str


class ImageUrl(Body):
    url: Annotated[str, Field(min_length=1)]


class ImageInput(Body):
    type: Literal["image_url"]
    image_url: ImageUrl


Part = Annotated[TextInput | ImageInput, Field(discriminator="type")]
Texts = Annotated[list[str], Field(min_length=1, max_length=MOST_INPUTS, fail_fast=True)]
Parts = Annotated[list[Part], Field(min_length=1, max_length=MOST_INPUTS, fail_fast=True)]


def _form(given: object) -> str:
    match given:
        case [dict(), *_]:
            return "parts"
        case [*_]:
            return "texts"
    return "text"


class ModerationRequest(Body):
    model: str = ""
    input: Annotated[
        Annotated[str, Tag("text")]
        | Annotated[Texts, Tag("texts")]
        | Annotated[Parts, Tag("parts")],
        Discriminator(_form),
    ]
