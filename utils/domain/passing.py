"""Requests and answers that go on as they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import Usage
from utils.errors import RelayError

Pieces = Sequence[bytes | memoryview]  # so that nobody has to copy what is large


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A request to `path` of the server that has `model`. `body` makes it for the name that
    the server has for the model, and with these arguments where it has none of that name.

    `words` are what the model reads, for where its server does not count them; None where
    tokens mean nothing. A `slow` one may take minutes without a word. Where another may answer
    in its place, a stream is `replaceable` until its first word.
    """

    path: str
    model: str
    headers: Mapping[str, str]
    body: Callable[[str, Mapping[str, Any]], Pieces]
    words: str | None = None
    streams: bool = False
    slow: bool = False
    replaceable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """An answer that has begun to arrive: `pieces`, b"" for each moment of silence; `size` is
    of all of it, where that is known. `failure` is what a refusal means. Whoever has it closes
    it.

    `usage` can be asked for at any time, and tells of what has come until then.
    """

    status: int
    media_type: str
    headers: Mapping[str, str]
    size: int | None
    pieces: Iterator[bytes]
    usage: Callable[[], Usage | None]
    close: Callable[[], None]
    failure: RelayError | None = None

    @property
    def is_stream(self) -> bool:
        return self.media_type.startswith("text/event-stream")

    @property
    def is_whole(self) -> bool:
        """Whether nobody can use half of it."""
        return bool(self.failure) or self.media_type.startswith("application/json")
