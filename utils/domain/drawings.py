"""Pictures asked for by themselves, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from utils.domain.chat import Attachment, Usage
from utils.domain.media import Picture
from utils.waiting import Waiting

LONGEST_EDGE = 2000  # pixels that a picture can be extended by

# The ways of editing a picture, and which of a request's fields each cannot do without. All but
# the first two are asked for behind a model's name: `stable-image:upscale`.
EDITS = {
    "edit": ("prompt",),
    "inpaint": ("prompt", "mask"),
    "upscale": (),
    "extend": (),
    "remove-background": (),
    "replace-background": ("prompt",),
    "search-and-replace": ("prompt", "search_prompt"),
    "remove-text": (),
    "remove-object": ("mask",),
}


@dataclass(frozen=True, slots=True)
class Edges:
    """Pixels to be added at each."""

    left: int = 0
    right: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`images` shall look as `picture` says; where there are several, the first is edited and
    the others are what it refers to. Only what is transparent in `mask` changes. `way` is one
    of EDITS.
    """

    picture: Picture
    images: Sequence[Attachment]
    mask: Attachment | None = None
    way: str = "edit"
    search: str = ""
    edges: Edges = Edges()


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Other pictures like `image`, made as `picture` says or, where that says nothing, as it
    was made itself. A prompt may be missing.
    """

    picture: Picture
    image: Attachment


Drawing = Picture | Edit | Likeness


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where the pictures are. The rest is what the model was told, as far as it was."""

    urls: Sequence[str]
    usage: Usage
    size: str = ""
    quality: str = ""
    background: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """All is ready, and nothing is paid before the first step of `work`. `ignored` names what
    was asked and means nothing to the model.
    """

    work: Waiting[Drawn]
    ignored: Sequence[str] = ()
