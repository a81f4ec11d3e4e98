"""What a file is, by its bytes: never by what somebody calls it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import filetype

Family = Literal["image", "document", "audio", "text"]

_HEAD = 8192  # bytes that tell most files apart
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class FileType:
    """`extension` has no dot."""

    family: Family
    media_type: str
    extension: str


@dataclass(frozen=True, slots=True)
class File:
    """`name` is what a client calls it: not to be trusted, and it may be empty."""

    data: bytes
    type: FileType
    name: str = ""


TEXT = FileType("text", "text/plain", "txt")

_OFFICE = "application/vnd.openxmlformats-officedocument"
_WORD = FileType("document", f"{_OFFICE}.wordprocessingml.document", "docx")
_EXCEL = FileType("document", f"{_OFFICE}.spreadsheetml.sheet", "xlsx")
_POWERPOINT = FileType("document", f"{_OFFICE}.presentationml.presentation", "pptx")
_OFFICE_PARTS = {
    b"word/document": _WORD,
    b"xl/workbook": _EXCEL,
    b"ppt/presentation": _POWERPOINT,
}
# An entry of the archive's list of contents. Whoever wrote the archive chose the order of the
# files themselves, by which others guess.
_OFFICE_PART = re.compile(
    rb"PK\x01\x02.{42}(word/document|xl/workbook|ppt/presentation)\w*\.xml", re.DOTALL
)

_PNG = FileType("image", "image/png", "png")
_BY_MEDIA_TYPE = {
    "image/jpeg": FileType("image", "image/jpeg", "jpg"),
    "image/png": _PNG,
    "image/apng": _PNG,
    "image/webp": FileType("image", "image/webp", "webp"),
    "image/gif": FileType("image", "image/gif", "gif"),
    "application/pdf": FileType("document", "application/pdf", "pdf"),
    "audio/x-wav": FileType("audio", "audio/wav", "wav"),
    "audio/mpeg": FileType("audio", "audio/mpeg", "mp3"),
    "audio/mp4": FileType("audio", "audio/mp4", "m4a"),
    "audio/ogg": FileType("audio", "audio/ogg", "ogg"),
    "audio/x-flac": FileType("audio", "audio/flac", "flac"),
    # A browser's recordings. Whether there is a picture too, the first bytes do not tell.
    "video/mp4": FileType("audio", "audio/mp4", "mp4"),
    "video/webm": FileType("audio", "audio/webm", "webm"),
}


EXTENSIONS = frozenset(
    kind.extension for kind in (TEXT, *_OFFICE_PARTS.values(), *_BY_MEDIA_TYPE.values())
)


def file_type(data: bytes) -> FileType | None:
    """None for what is neither text nor of a kind that a chat can use.

    Text comes before marks like `ID3`, with which a sentence can begin; only a PDF can be both.
    """
    found = filetype.guess_mime(data[:_HEAD])
    if found != "application/pdf" and text(data) is not None:
        return TEXT
    if data.startswith(b"PK\x03\x04"):
        part = _OFFICE_PART.search(data)
        return _OFFICE_PARTS[part[1]] if part else None
    return _BY_MEDIA_TYPE.get(found)


def text(data: bytes) -> str | None:
    """UTF-8 without NUL, and without its byte order mark."""
    if b"\0" in data:
        return None
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError:
        return None
