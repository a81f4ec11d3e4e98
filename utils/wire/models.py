"""GET /v1/models and /v1/models/{id}."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.catalog import Model
from utils.errors import InvalidRequest
from utils.wire.fields import Fields, Given, Number
from utils.wire.stamp import rfc3339

UNKNOWN_DATE = (
    1727389042  # a model's date of birth where 1min.ai tells none: an integer all the same
)


def encode_list(models: Iterable[Model]) -> dict[str, Any]:
    return {"object": "list", "data": [encode(model) for model in models]}


def encode(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created or UNKNOWN_DATE,
        "owned_by": model.owner,
        "permission": [],
        "root": model.id,
        "parent": None,
        "name": model.name or model.id,
        "context_length": model.context or None,
        "max_output_tokens": model.max_output or None,
        "pricing": {"input": model.input_price, "output": model.output_price},
        "capabilities": _capabilities(model),
        **model.shown,
    }


def _capabilities(model: Model) -> dict[str, bool]:
    return {
        "chat": model.chat,
        "vision": model.vision,
        "code_interpreter": model.code,
        "retrieval": model.chat,
        "image": model.image,
        "image_variation": model.variation,
        "image_edit": bool(model.edits),
        "speech": model.speech,
        "transcription": model.transcription,
        "video": model.video,
        "embedding": model.embedding,
        "moderation": model.moderation,
        "rerank": model.rerank,
    }


class Listing(Fields):
    """Which part of Anthropic's list is wanted: all that it can be, unless somebody asks for
    less, for not every client comes back for the rest.
    """

    limit: Annotated[Number, Field(ge=1, le=1000)] = 1000
    after_id: str = ""
    before_id: str = ""
    lifecycle: Annotated[list[Literal["active", "deprecated", "retired"]], Field(max_length=3)]

    @classmethod
    def arranged(cls, first: dict[str, str], given: Given) -> dict[str, Any]:
        return {**first, "lifecycle": [*given.get("lifecycle[]", ["active"])]}

    def encode(self, models: Iterable[Model]) -> dict[str, Any]:
        """Raises InvalidRequest for a place that is not in the list."""
        rest = [*models] if "active" in self.lifecycle else []
        if self.before_id:
            rest = rest[: _place(rest, self.before_id, "before_id")]
            shown = rest[-self.limit :]
        else:
            if self.after_id:
                rest = rest[_place(rest, self.after_id, "after_id") + 1 :]
            shown = rest[: self.limit]
        return {
            "data": [encode_for_anthropic(model) for model in shown],
            "has_more": len(shown) < len(rest),
            "first_id": shown[0].id if shown else None,
            "last_id": shown[-1].id if shown else None,
        }


def _place(models: Iterable[Model], id: str, name: str) -> int:
    for place, model in enumerate(models):
        if model.id == id:
            return place
    raise InvalidRequest(f"{name}: there is no such model", param=name)


def encode_for_anthropic(model: Model) -> dict[str, Any]:
    """Where nobody knows when it was made, that is the beginning of time, as at Anthropic."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name or model.id,
        "created_at": rfc3339(model.created),
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": model.context or None,
        "max_tokens": model.max_output or None,
    }
