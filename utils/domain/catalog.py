"""Which models there are, and what each can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from utils.domain.callers import ALL, SCOPES, Grant, Scope
from utils.errors import InvalidRequest, ModelNotFound

# The first of these that is served answers a chat that names no model.
USUAL_MODELS = ("gpt-4o-mini", "gpt-5-mini", "gpt-4.1-mini", "open-mistral-nemo")
# And a request for a picture.
USUAL_PAINTERS = ("gpt-image-1-mini", "gpt-image-2", "dall-e-3", "stable-image", "dall-e-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What it can do: chat, draw an image, vary one, speak a text, transcribe a recording,
    make a video, embed texts, judge or rank them.
    `edits` are the ways in which it edits an image, by the names in `drawings`. `backend` names
    the configured server that has it; empty, 1min.ai. `shown` is what its operator wants told
    of it besides.

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
    embedding: bool = False
    moderation: bool = False
    rerank: bool = False
    edits: tuple[str, ...] = ()
    context: int = 0
    max_output: int = 0
    input_price: float | None = None
    output_price: float | None = None
    backend: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scopes(self) -> Iterator[Scope]:
        """One for each kind of thing it does."""
        if self.chat:
            yield "chat:base"
        if self.image or self.variation or self.edits:
            yield "images:generate"
        if self.speech:
            yield "audio:speech"
        if self.transcription:
            yield "audio:transcribe"
        if self.video:
            yield "videos:generate"
        if self.embedding:
            yield "embeddings:base"
        if self.moderation:
            yield "moderations:base"
        if self.rerank:
            yield "rerank:base"

    @property
    def is_free(self) -> bool:
        """Whether its operator says that it costs nothing, whatever it is asked."""
        return bool(self.backend) and self.input_price == self.output_price == 0

    def credits(self, read: int, written: int) -> float | None:
        """What so many tokens cost; None where nobody knows, or where it is not these that do.
        The operator's own servers are free unless they have a price.
        """
        if self.input_price is None or not (
            self.chat or self.embedding or self.moderation or self.rerank
        ):
            return 0.0 if self.backend else None
        return read * self.input_price + written * (self.output_price or 0.0)

    @property
    def media(self) -> bool:
        """Whether it makes or hears, in a chat, something else than text."""
        return self.image or self.variation or self.speech or self.transcription


@dataclass(frozen=True, slots=True)
class Permission:
    """Which models a caller may use: all, or only `subset`, where the operator says so; and of
    these only what the caller's key is for.
    """

    subset: frozenset[str] = frozenset()
    subset_only: bool = False
    grant: Grant = ALL

    def allows(self, name: str, model: Model | None = None) -> bool:
        """`model` is what the catalog has under this name, if it has anything."""
        if self.subset_only and name not in self.subset:
            return False
        patterns = self.grant.models
        if patterns and not any(fnmatchcase(name, pattern) for pattern in patterns):
            return False
        if model is None or self.grant.scopes == SCOPES:
            return True
        return not self.grant.scopes.isdisjoint(model.scopes)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models as of one moment. `live` says whether 1min.ai itself listed them."""

    models: Mapping[str, Model]
    live: bool

    @classmethod
    def of(cls, models: Iterable[Model], *, live: bool) -> Catalog:
        return cls({model.id: model for model in models}, live)

    def permitted(self, permission: Permission) -> Iterator[Model]:
        return (model for model in self.models.values() if permission.allows(model.id, model))

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
    if not permission.allows(name, model) or (model is None and catalog.live):
        raise no_such_model(name)
    if model is not None and not (model.chat or model.media):
        raise unable(name, "chat")
    if audio and model is not None and not model.speech:
        raise InvalidRequest(f"modalities: {name!r} does not speak", param="modalities")


def unable(model: str, word: str, hint: str = "") -> InvalidRequest:
    """A model of another kind was asked to do what the word says."""
    return InvalidRequest(
        f"The model {model!r} does not {word}.{hint}", param="model", code="model_not_supported"
    )


def no_such_model(name: str) -> ModelNotFound:
    return ModelNotFound(
        f"The model {name[:100]!r} does not exist. GET /v1/models lists those that do.",
        param="model",
    )
