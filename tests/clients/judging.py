"""How strictly an answer is read."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

from tests.serving import ASKED

T = TypeVar("T")
PROMPTLY = 1.0  # seconds in which 1min.ai hears that the client left


def strictly(kind: type[T], raw: bytes) -> T:
    """Raises where the SDK would forgive: "1" is no number here."""
    return TypeAdapter(kind).validate_json(raw, strict=True)


def asked(prompt: str) -> dict[str, Any]:
    return {**ASKED, "messages": [{"role": "user", "content": prompt}]}
