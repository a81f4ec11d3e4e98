"""A text that is spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from utils.domain.chat import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Speech that has begun to arrive: in `pieces`, b"" for each moment of silence, and of
    `size` bytes where that is known. Whoever has it closes it. `format` is the one it comes in,
    `ignored` names what the model has no use for.
    """

    pieces: Iterator[bytes]
    close: Callable[[], None]
    format: str
    usage: Usage
    size: int | None = None
    ignored: tuple[str, ...] = ()
