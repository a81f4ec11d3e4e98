"""Files that come in parts, each in a request of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from utils.domain.stored_files import StoredFile

ID = r"upload_[0-9a-f]{32}"
LARGEST_PART = 64 * 2**20  # bytes, as OpenAI's
MOST_PARTS = 1000  # in one upload

Status = Literal["pending", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewUpload:
    """`lasts` is in seconds, and the file's; None is until deleted."""

    name: str
    purpose: str
    size: int
    lasts: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """`size` is what its client has announced. `file` is what became of it, once completed."""

    id: str
    name: str
    purpose: str
    size: int
    created: int
    expires: int
    status: Status
    file: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    upload: str
    created: int


@dataclass(frozen=True, slots=True)
class Completion:
    """Of which parts the file consists, in order. `md5` is in hexadecimal; empty: not told."""

    parts: Sequence[str]
    md5: str = ""
