"""GET /v1/models and /v1/models/{id}."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from utils.domain.catalog import Model

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
        "capabilities": {
            "chat": model.chat,
            "vision": model.vision,
            "code_interpreter": model.code,
            "retrieval": model.chat,
        },
    }
