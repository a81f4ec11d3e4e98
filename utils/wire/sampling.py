"""The fields that OpenAI's endpoints for text share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator

from utils.errors import InvalidRequest
from utils.wire.body import Body

MOST_CHOICES = 8
MOST_STOPS = 4
MOST_BIASES = 2048

Penalty = Annotated[float, Field(ge=-2, le=2)]
Limit = Annotated[int, Field(ge=1)]
Choices = Annotated[int, Field(ge=1, le=MOST_CHOICES)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]


def _sequences(stop: object) -> tuple[str, ...]:
    """An empty text says nothing, as an empty list does."""
    match stop:
        case None | "":
            return ()
        case str():
            return (stop,)
        case list() if len(stop) <= MOST_STOPS and all(_is_told(text) for text in stop):
            return tuple(stop)
    raise ValueError(f"must be a text, or at most {MOST_STOPS}, of which none is empty")


def _is_told(text: object) -> bool:
    return isinstance(text, str) and bool(text)


def _biases(value: object) -> dict[str, float]:
    """Not left to pydantic, which would gather every fault of a million."""
    if not isinstance(value, dict) or len(value) > MOST_BIASES:
        raise ValueError(f"must be an object with at most {MOST_BIASES} members")
    if not all(type(bias) in (int, float) and -100 <= bias <= 100 for bias in value.values()):
        raise ValueError("must hold numbers from -100 to 100")
    return value


Stops = Annotated[tuple[str, ...], PlainValidator(_sequences)]


def model_and_search(name: str | None) -> tuple[str, bool]:
    """The model's id, and whether `:online` asks for web search. Raises InvalidRequest."""
    if name is None:
        return "", False
    model = name.strip()
    online = model.endswith(":online")
    model = model.removesuffix(":online").strip()
    if not model:
        raise InvalidRequest("model: an empty name", param="model")
    return model, online


def refusing(*harmless: object) -> PlainValidator:
    """A parameter that would change the answer may be absent or say nothing, no more."""

    def check(value: object) -> None:
        if not any(type(value) is type(nothing) and value == nothing for nothing in harmless):
            raise ValueError("this relay does not support it")

    return PlainValidator(check)


class Sampling(Body):
    """How a model picks its words. 1min.ai's own chat has no use for it (onemin-api.md 2.2)."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    seed: Seed | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: Annotated[dict[str, float], PlainValidator(_biases)] | None = None
    user: str | None = None

    @property
    def unused(self) -> list[str]:
        """The fields of these that the request has."""
        given = self.model_fields_set
        return [name for name in _NAMES if name in given and getattr(self, name) is not None]

    @property
    def sampling(self) -> dict[str, Any]:
        """For a back-end that can use them. Who the user is, is none of its business."""
        return {name: getattr(self, name) for name in self.unused if name != "user"}


_NAMES = tuple(Sampling.model_fields)
