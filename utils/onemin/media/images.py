"""Pictures as 1min.ai's IMAGE_GENERATOR and IMAGE_VARIATOR features (onemin-api.md 9)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from utils.domain.media import Picture, Variation
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin import records
from utils.onemin.feature import Feature
from utils.onemin.media.asset_host import AssetUrls
from utils.onemin.media.picture_parameters import Choice, Parameters, generator, variator
from utils.onemin.models import IMAGE, VARIATION

_OPTIONAL = ("quality", "style", "background", "output_format", "output_compression", "mode")


def build(picture: Picture) -> Feature:
    """Raises InvalidRequest for what the model does not do."""
    parameters = generator(picture.model)
    prompt = {"prompt": words(picture, parameters), **fields(picture, parameters)}
    return Feature(type=IMAGE, model=picture.model, prompt=prompt)


def variate(variation: Variation) -> Feature:
    """Raises InvalidRequest for what the model does not do."""
    picture = variation.picture
    prompt = {"imageUrl": variation.image, **fields(picture, variator(picture.model))}
    return Feature(type=VARIATION, model=picture.model, prompt=prompt)


def read(reply: Any, urls: AssetUrls) -> list[str]:
    """Where the pictures are. Raises what was refused, or UpstreamFailed."""
    found = [urls.url(place) for place in records.results(records.record(reply)) if place]
    if not found:
        raise UpstreamFailed("1min.ai made no picture")
    return found


def shared_out(picture: Picture, parameters: Parameters) -> list[Picture]:
    """In calls for no more than the model makes at a time."""
    full, rest = divmod(picture.n, parameters.most)
    numbers = [parameters.most] * full + ([rest] if rest else [])
    return [replace(picture, n=number) for number in numbers]


def ignored(picture: Picture, parameters: Parameters) -> list[str]:
    """What was asked and means nothing to the model."""
    taken = {*parameters.choices, *parameters.passed}
    names = [
        name
        for name in _OPTIONAL
        if getattr(picture, name) not in ("", None) and name not in taken
    ]
    shaped = parameters.sizing or parameters.shape_in_words
    return [*names, *(["size"] if picture.size and not shaped else [])]


def words(picture: Picture, parameters: Parameters) -> str:
    """The prompt, with what the model has no field for."""
    said = [picture.prompt]
    shape = picture.aspect or picture.size
    if shape and shape[0] != shape[1] and parameters.shape_in_words:
        whole = math.gcd(*shape)
        said.append(f"Aspect ratio: {shape[0] // whole}:{shape[1] // whole}")
    if picture.negative and "negative" not in parameters.passed:
        said.append(f"Not in the picture: {picture.negative}")
    return "\n\n".join(said)


def fields(picture: Picture, parameters: Parameters) -> dict[str, Any]:
    """Raises InvalidRequest for what the model does not do."""
    if picture.background == "transparent" and "background" not in parameters.choices:
        message = f"The model {picture.model!r} makes no transparent background."
        raise InvalidRequest(message, param="background")
    for name in parameters.needs:
        if not getattr(picture, name):
            message = f"The model {picture.model!r} needs a {name}."
            raise InvalidRequest(message, param=name, code="model_not_supported")
    told = {**parameters.usual, **_number(picture, parameters)}
    if picture.size or picture.aspect:
        for sizing in parameters.sizing:
            told |= sizing.fields(picture.size, picture.aspect)
    for name, choice in parameters.choices.items():
        if word := getattr(picture, name):
            told[choice.name] = _chosen(picture.model, name, word, choice)
    for name, places in parameters.passed.items():
        if (value := getattr(picture, name)) not in ("", None):
            told |= dict.fromkeys(places, value)
    return told


def _number(picture: Picture, parameters: Parameters) -> dict[str, int]:
    if picture.n > parameters.most:
        message = f"The model {picture.model!r} makes at most {parameters.most} at a time."
        raise InvalidRequest(message, param="n")
    return {parameters.number: picture.n} if parameters.number and picture.n > 1 else {}


def _chosen(model: str, name: str, word: str, choice: Choice) -> str:
    try:
        return choice.words[word]
    except KeyError:
        known = ", ".join(choice.words)
        message = f"The model {model!r} knows no {name} {word[:50]!r}; it knows {known}."
        raise InvalidRequest(message, param=name) from None
