"""Files that callers keep with the relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ID = r"file-[0-9a-f]{32}"  # later ones are greater


@dataclass(frozen=True, slots=True)
class NewFile:
    """`name` is what its client calls it. `lasts` is in seconds; None is until deleted."""

    name: str
    purpose: str
    lasts: int | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`media_type` is what its bytes say. Times are in seconds since 1970."""

    id: str
    name: str
    purpose: str
    size: int
    media_type: str
    created: int
    expires: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of an owner's files: all those after `after`, of any purpose, unless told."""

    limit: int
    newest_first: bool = True
    after: str = ""
    purpose: str = ""
    ids: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    files: Sequence[StoredFile]
    more: bool
