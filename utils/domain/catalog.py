"""Which models there are, and what each can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from utils.errors import InvalidRequest, ModelNotFound

# The first of these that is served answers a chat that names no model.
USUAL_MODELS = ("gpt-4o-mini", "gpt-5-mini", "gpt-4.1-mini", "open-mistral-nemo")
# And a request for a picture.
USUAL_PAINTERS = ("gpt-image-1-mini", "gpt-image-2", "dall-e-3", "stable-image", "dall-e-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What it can do: chat, draw an image, vary one, speak a text, transcribe a recording,
    make a video.
    `edits` are the ways in which it edits an image, by the names in `drawings`.

    `created` is a Unix time; prices are credits a token; 0 and None mean unknown.
    """

    id: str
    name: str = ""
    owner: str = "1minai"
    created: int = 0
    chat: bool = False
    vision: bool = False
    code: bool = False
    image: bool = False
    variation: bool = False
    speech: bool = False
    transcription: bool = False
    video: bool = False
    edits: tuple[str, ...] = ()
    context: int = 0
    max_output: int = 0
    input_price: float | None = None
    output_price: float | None = None

    @property
    def media(self) -> bool:
        """Whether it makes or hears, in a chat, something else than text."""
        return self.image or self.variation or self.speech or self.transcription


@dataclass(frozen=True, slots=True)
class Permission:
    """Which models the operator lets callers use: all, or only `subset`."""

    subset: frozenset[str] = frozenset()
    subset_only: bool = False

    def allows(self, model: str) -> bool:
        return not self.subset_only or model in self.subset


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models as of one moment. `live` says whether 1min.ai itself listed them."""

    models: Mapping[str, Model]
    live: bool

    @classmethod
    def of(cls, models: Iterable[Model], *, live: bool) -> Catalog:
        return cls({model.id: model for model in models}, live)

    def permitted(self, permission: Permission) -> Iterator[Model]:
        return (model for model in self.models.values() if permission.allows(model.id))

    def default_chat_model(self, preferred: str, permission: Permission) -> str:
        """Raises ModelNotFound when no chat model is served at all."""
        if preferred:
            return preferred
        chats = [model.id for model in self.permitted(permission) if model.chat]
        for model in (*USUAL_MODELS, *chats):
            if model in chats:
                return model
        raise ModelNotFound("No chat model is available.", param="model")


def check_model(name: str, catalog: Catalog, permission: Permission, *, audio: bool) -> None:
    """Raises ModelNotFound or InvalidRequest, unless `name` may answer a chat; by sound, if
    `audio` asks for it.

    A catalog that is not live can be out of date, so 1min.ai decides on what it lacks.
    """
    model = catalog.models.get(name)
    if not permission.allows(name) or (model is None and catalog.live):
        raise no_such_model(name)
    if model is not None and not (model.chat or model.media):
        raise InvalidRequest(
            f"The model {name!r} does not chat.", param="model", code="model_not_supported"
        )
    if audio and model is not None and not model.speech:
        raise InvalidRequest(f"modalities: {name!r} does not speak", param="modalities")


def no_such_model(name: str) -> ModelNotFound:
    return ModelNotFound(
        f"The model {name[:100]!r} does not exist. GET /v1/models lists those that do.",
        param="model",
    )
