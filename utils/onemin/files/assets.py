"""Files as 1min.ai's assets (onemin-api.md 6)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from utils.domain.files import TEXT, File, FileType
from utils.errors import UpstreamFailed
from utils.onemin import failures
from utils.onemin.feature import Form

LONGEST_STEM = 60  # characters

# Of all text only this is taken: Markdown and code are not (onemin-api.md 6).
TEXTS = {
    "txt": TEXT,
    "csv": FileType("text", "text/csv", "csv"),
    "json": FileType("text", "application/json", "json"),
}

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture or a recording goes by its `path`, a document by its `uuid`."""

    path: str
    uuid: str


def build(file: File) -> Form:
    """A file without a fitting extension is refused."""
    # No file contains its own hash.
    boundary = hashlib.sha256(file.data).hexdigest()
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="asset"; filename="{_name(file)}"\r\n'
        f"Content-Type: {file.type.media_type}\r\n\r\n"
    )
    pieces = head.encode(), file.data, f"\r\n--{boundary}--\r\n".encode()
    return Form(f"multipart/form-data; boundary={boundary}", pieces)


def read(reply: Any) -> Asset:
    """Raises what was refused, whatever the reply's HTTP status, or UpstreamFailed."""
    match reply:
        case {"fileContent": {"path": str(path), "uuid": str(uuid)}} if path and uuid:
            return Asset(path, uuid)
        case dict() if failures.is_refusal(reply):
            raise failures.of_reply(200, reply)
    raise UpstreamFailed("1min.ai did not say what became of a file")


def text_type(name: str) -> FileType | None:
    """As what a text of this name is taken, if it is. Between texts a name may decide."""
    return TEXTS.get(name.rpartition(".")[2].lower())


def _name(file: File) -> str:
    """What is safe of the client's name; a model may be told it. The extension is ours."""
    stem = file.name.rpartition(".")[0] or file.name
    safe = _UNSAFE.sub("-", stem[-LONGEST_STEM:]).strip("-")
    return f"{safe or file.type.family}.{file.type.extension}"
