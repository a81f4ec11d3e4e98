"""Which model draws, edits or varies a picture, or makes a video."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from utils.domain.aliases import followed
from utils.domain.catalog import USUAL_PAINTERS, Catalog, Model, no_such_model, unable
from utils.domain.drawings import EDITS
from utils.errors import InvalidRequest, ModelNotFound
from utils.web.services.services import Services

# Tried one after another where the model that was asked does not vary pictures, or fails.
USUAL_VARIATORS = ("midjourney_6_1", "midjourney", "clipdrop", "dall-e-2")

_DATE = re.compile(r"-\d{4}-\d\d-\d\d\Z")


@dataclass(frozen=True, slots=True)
class Need:
    """What a model has to be able to do, in a word for who asks one that is not."""

    word: str
    able: Callable[[Model], bool]
    usual: Sequence[str] = USUAL_PAINTERS


DRAW = Need("draw", lambda model: model.image)
FILM = Need("make videos", lambda model: model.video, ("sora-2",))
SPEAK = Need("speak", lambda model: model.speech, ())
LISTEN = Need("write down what is said", lambda model: model.transcription, ())
VARY = Need("vary pictures", lambda model: model.variation, ("dall-e-2", *USUAL_VARIATORS))


def way(name: str, relay: Services) -> tuple[str, str]:
    """The model and the way of editing in `stable-image:upscale`, which may be empty. An id of
    the catalog is a model, whatever is in it.

    These names are not in the list of models: it holds what answers by its id alone.
    """
    model, colon, way = name.rpartition(":")
    if colon and way in EDITS and name not in relay.catalog.at_hand().models:
        return model, way
    return name, ""


def editing(way: str) -> Need:
    words = {"edit": "edit pictures", "inpaint": "edit pictures by a mask"}
    return Need(words.get(way, way), lambda model: way in model.edits)


def chosen(name: str, need: Need, relay: Services) -> str:
    """The id of the model that this name, or none, means. Raises ModelNotFound, and
    InvalidRequest for a model of another kind.

    A catalog that is not live can be out of date, so 1min.ai decides on what it lacks.
    """
    catalog = relay.catalog.at_hand()
    if not name:
        return _default(need, catalog, relay)
    id = resolved(name, catalog, relay)
    if id not in catalog.models and relay.permission.allows(id):
        catalog = relay.catalog.renewed()
        id = resolved(name, catalog, relay)
    model = catalog.models.get(id)
    if not relay.permission.allows(id, model) or (model is None and catalog.live):
        raise no_such_model(name)
    if model is not None and not need.able(model):
        raise _unable(model, need)
    return id


def varying(name: str, relay: Services) -> tuple[str, list[str]]:
    """The model that is meant, and whom to ask, one after another. Raises as `chosen` does; a
    model that draws and does not vary is passed over.
    """
    try:
        meant = chosen(name, VARY, relay)
        first = [meant]
    except InvalidRequest:
        if not _draws(name, relay):
            raise
        meant, first = name, []
    catalog = relay.catalog.at_hand()
    able = {model.id for model in catalog.permitted(relay.permission) if model.variation}
    others = [id for id in USUAL_VARIATORS if id in able]
    return meant, list(dict.fromkeys([*first, *others]))


def nobody(need: Need) -> ModelNotFound:
    return ModelNotFound(f"No model is available to {need.word}.", param="model")


def _draws(name: str, relay: Services) -> bool:
    catalog = relay.catalog.at_hand()
    model = catalog.models.get(resolved(name, catalog, relay))
    return model is not None and (model.image or bool(model.edits))


def _default(need: Need, catalog: Catalog, relay: Services) -> str:
    able = [model.id for model in catalog.permitted(relay.permission) if need.able(model)]
    for id in (relay.config.default_image_model, *need.usual, *able):
        if id in able:
            return id
    raise nobody(need)


def resolved(name: str, catalog: Catalog, relay: Services) -> str:
    """Also for a name without the vendor, with another, or with a date behind it."""
    id = followed(name, catalog, relay.aliases)
    if id in catalog.models:
        return id
    bare = _bare(id)
    return next((model for model in _makers(catalog) if _bare(model) == bare), id)


def _makers(catalog: Catalog) -> Iterator[str]:
    models: Iterable[Model] = catalog.models.values()
    return (m.id for m in models if m.image or m.variation or m.edits or m.video)


def _bare(name: str) -> str:
    return _DATE.sub("", name.rpartition("/")[2])


def _unable(model: Model, need: Need) -> InvalidRequest:
    ways = ", ".join(f"{model.id}:{way}" for way in model.edits)
    hint = f" It serves {ways}." if ways else ""
    return unable(model.id, need.word, hint)
