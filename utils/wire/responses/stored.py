"""GET and DELETE /v1/responses/{id}."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from utils.wire.fields import Fields
from utils.wire.items import Item
from utils.wire.sampling import refusing


class Retrieval(Fields):
    """Nobody remembers in which pieces a response was told, so one is told from its start."""

    stream: Annotated[bool, Field(strict=False)] = False
    starting_after: Annotated[None, refusing(None)] = None


def encode(body: dict[str, Any], output: Sequence[Item]) -> dict[str, Any]:
    return {**body, "output": output}


def encode_deleted(id: str) -> dict[str, Any]:
    return {"id": id, "object": "response", "deleted": True}
