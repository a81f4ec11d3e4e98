"""The bytes of files: in a folder, under names of our own."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from utils.domain.files import FileType
from utils.domain.sniffing import Sniffer
from utils.errors import Unavailable

log = logging.getLogger(__name__)

PIECE = 64 * 2**10  # bytes read at once
SPARE = 128 * 2**20  # bytes of the disk that stay free, for the database may be on it
MOST_UNSETTLED = 500  # looked at in one go


@dataclass(frozen=True, slots=True)
class Written:
    size: int
    sha256: str
    type: FileType | None


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Contents:
    """Whoever writes or removes bytes also changes a row elsewhere. Meanwhile their name is
    unsettled, which a crash leaves for others to see. Shared by all threads, and by processes.

    Every method raises Unavailable when the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unsettled = folder / "unsettled"

    def write(self, name: str, content: Readable) -> Written:
        """All of it, or there is nothing. Its name is unsettled from now on."""
        self.unsettle([name])
        try:
            with _translated("stored"):
                _check_room(self._folder)
                return _copied(content, self._folder / name)
        except BaseException:
            self.remove([name])
            raise

    def opened(self, name: str) -> BinaryIO | None:
        """For the caller to close."""
        with _translated("read"):
            try:
                return open(self._folder / name, "rb", opener=_unfollowed)
            except FileNotFoundError:
                log.error("the content of %s is missing", name)
                return None

    def unsettle(self, names: Iterable[str]) -> None:
        with _translated("noted"):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._unsettled.mkdir(exist_ok=True)
            for name in names:
                (self._unsettled / name).touch()

    def settle(self, names: Iterable[str]) -> None:
        """Their bytes stay."""
        with _translated("noted"):
            for name in names:
                (self._unsettled / name).unlink(missing_ok=True)

    def remove(self, names: Iterable[str]) -> None:
        with _translated("removed"):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
                (self._unsettled / name).unlink(missing_ok=True)

    def unsettled(self, before: float) -> list[str]:
        """Since a time before that; not all, if there are many."""
        self.unsettle([])
        with _translated("read"), os.scandir(self._unsettled) as entries:
            return [
                entry.name
                for entry in islice(entries, MOST_UNSETTLED)
                if _changed(entry) < before
            ]


@contextmanager
def _translated(done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("a file could not be %s: %s", done, error.strerror)
        raise Unavailable(
            "The relay's disk cannot be used.", code="storage_unavailable", retry_after=30
        ) from error


def _unfollowed(path: str, flags: int) -> int:
    """A link is none of ours, and could lead to anything."""
    return os.open(path, flags | os.O_NOFOLLOW)


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # it has just been settled
        return float("inf")


def _check_room(folder: Path) -> None:
    """Raises OSError where little is left."""
    if shutil.disk_usage(folder).free < SPARE:
        raise OSError(errno.ENOSPC, "the disk is nearly full")


def _copied(content: Readable, place: Path) -> Written:
    sniffer, digest, size = Sniffer(), hashlib.sha256(), 0
    with place.open("xb") as file:
        for piece in iter(partial(content.read, PIECE), b""):
            file.write(piece)
            digest.update(piece)
            sniffer.feed(piece)
            size += len(piece)
    return Written(size, digest.hexdigest(), sniffer.type)
