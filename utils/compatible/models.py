"""A configured server's models, as the catalog has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from utils.domain.catalog import Model
from utils.relay_file import Backend

ABILITIES = {
    "chat:base": "chat",
    "embeddings:base": "embedding",
    "moderations:base": "moderation",
    "rerank:base": "rerank",
    "audio:transcribe": "transcription",
    "audio:speech": "speech",
    "images:generate": "image",
}


def models(name: str, backend: Backend) -> Iterator[Model]:
    for id, entry in backend.models.items():
        abilities: dict[str, Any] = {ABILITIES[kind]: True for kind in entry.type}
        price = entry.prices
        yield Model(
            id=id,
            owner=entry.response.owned_by or name,
            created=entry.response.created,
            vision=entry.vision,
            context=entry.context,
            max_output=entry.max_output,
            input_price=price.input if price else None,
            output_price=price.output if price else None,
            backend=name,
            shown=entry.response.more,
            **abilities,
        )
