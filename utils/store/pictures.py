"""How pictures were made, for whoever asks for another like one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any

import orjson

from utils.domain.media import Picture
from utils.store.shared import Shared

LASTING = 7 * 86400  # seconds

_FIELDS = {field.name for field in fields(Picture)}


class Pictures:
    """What one caller has made is never told to another. Shared by all threads."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def remember(self, paths: Iterable[str], owner: str, picture: Picture) -> None:
        """All but the prompt, which nobody needs again."""
        value = orjson.dumps(asdict(replace(picture, prompt="")))
        for path in paths:
            self._shared.set(_name(path, owner), value, LASTING)

    def recall(self, path: str, owner: str) -> Picture | None:
        value = self._shared.get(_name(path, owner))
        return _decoded(value) if value else None


def _name(path: str, owner: str) -> str:
    return f"picture:1:{owner}:{path}"


def _decoded(value: bytes) -> Picture | None:
    """None for what another version has written."""
    try:
        told: Any = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or told.keys() != _FIELDS:
        return None
    sides = {name: told[name] and tuple(told[name]) for name in ("size", "aspect")}
    return Picture(**told | sides)
