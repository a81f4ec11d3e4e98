"""Where a chat's files come from, and what they are."""

from __future__ import annotations

from typing import Protocol

from utils import hubs
from utils.domain import file_names
from utils.domain.chat import Attachment, FileId, Inline, Link
from utils.domain.files import File, file_type
from utils.domain.payers import Payer
from utils.errors import NotFound, TooLarge, UnsupportedFile

LONGEST_NAME = 100  # characters

_FAMILIES = {
    "image": ("image",),
    "document": ("document", "text"),
    "audio": ("audio",),
}
_WRONG_KIND = {
    "image": "The picture is not a JPEG, PNG, WebP or GIF.",
    "document": "The file is not a PDF, Word, Excel or PowerPoint document, nor UTF-8 text.",
    "audio": "The recording is not WAV, MP3, M4A, OGG, FLAC or WebM.",
}


class Fetched(Protocol):
    @property
    def data(self) -> bytes: ...
    @property
    def name(self) -> str: ...


class Fetcher(Protocol):
    def get(self, url: str) -> Fetched:
        """Waits no longer than its deadline. Raises InvalidRequest, TooLarge."""


class Files(Protocol):
    def find(self, id: str, owner: str) -> Inline | None:
        """What this owner has uploaded to the relay under this id."""


class Sources:
    """`largest` is in bytes. Shared by all threads."""

    def __init__(self, fetcher: Fetcher, files: Files, largest: int) -> None:
        self._fetcher = fetcher
        self._files = files
        self._largest = largest

    def file(self, attachment: Attachment, payer: Payer) -> File:
        """Of the kind that the attachment is said to be. Raises InvalidRequest, NotFound,
        TooLarge; a link may take its time.
        """
        data, name = self._content(attachment.source, payer)
        if len(data) > self._largest:
            most = f"{self._largest / 2**20:g} MiB"
            raise TooLarge(f"The file is larger than {most}.", code="file_too_large")
        kind = file_type(data) if data else None
        if kind is None or kind.family not in _FAMILIES[attachment.kind]:
            raise UnsupportedFile(
                _WRONG_KIND[attachment.kind] if data else "The file is empty."
            )
        return File(data, kind, file_names.shown(name, LONGEST_NAME) or attachment.kind)

    def _content(self, source: Inline | Link | FileId, payer: Payer) -> tuple[bytes, str]:
        match source:
            case Inline(data=data, name=name):
                return data, name
            case Link(url):
                fetched = hubs.elsewhere(self._fetcher.get, url)
                return fetched.data, fetched.name
            case FileId(id):
                if found := hubs.elsewhere(self._files.find, id, payer.owner):
                    return found.data, found.name
                raise NotFound(f"There is no file {id[:100]!r}.")
