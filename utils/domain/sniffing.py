"""What a file is that is too large to hold in memory."""

from __future__ import annotations

from codecs import getincrementaldecoder

from utils.domain.files import TEXT, FileType, file_type

_HEAD = 8192  # bytes that tell most files apart
_OVERLAP = 1024  # longer than the name of a part of an Office document
_ARCHIVE = b"PK\x03\x04"
_NOT_TEXT = b"\0"  # so that a piece is not taken for a text, which only the whole can be


class Sniffer:
    """Fed a file piece by piece, it comes to what `file_type` says of the whole."""

    def __init__(self) -> None:
        self._head = self._tail = b""
        self._decoder = getincrementaldecoder("utf-8")()
        self._is_text = True
        self._office: FileType | None = None

    def feed(self, piece: bytes) -> None:
        self._head += piece[: _HEAD - len(self._head)]
        self._is_text = self._is_text and self._continues(piece)
        if self._office is None and self._head.startswith(_ARCHIVE):
            window = self._tail + piece
            self._office = file_type(_ARCHIVE + window + _NOT_TEXT)
            self._tail = window[-_OVERLAP:]

    @property
    def type(self) -> FileType | None:
        """Of what it was fed until now."""
        if self._head.startswith(_ARCHIVE):
            found = self._office
        else:
            found = file_type(self._head + _NOT_TEXT)
        undecoded, _ = self._decoder.getstate()
        is_text = self._is_text and not undecoded
        return TEXT if is_text and not _is_pdf(found) else found

    def _continues(self, text: bytes) -> bool:
        try:
            self._decoder.decode(text)
        except UnicodeDecodeError:
            return False
        return b"\0" not in text


def _is_pdf(kind: FileType | None) -> bool:
    return kind is not None and kind.extension == "pdf"
