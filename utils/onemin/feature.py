"""A call to 1min.ai, before it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """`later` asks 1min.ai to answer at once, and to be asked for the result."""

    type: str
    model: str
    prompt: dict[str, Any] = field(default_factory=dict)
    path: str = "/api/features"
    streaming: bool = False
    later: bool = False

    @property
    def target(self) -> str:
        return f"{self.path}?isStreaming=true" if self.streaming else self.path

    def body(self) -> bytes:
        told = {"type": self.type, "model": self.model, "promptObject": self.prompt}
        return orjson.dumps({**told, "async": True} if self.later else told)


@dataclass(frozen=True, slots=True)
class Form:
    """A file on its way to 1min.ai's assets, as multipart/form-data. In pieces, so that it is
    never copied.
    """

    content_type: str
    pieces: tuple[bytes, ...]
