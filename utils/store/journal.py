"""Calls that the database does not have yet, on the disk: what a killed relay leaves."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import orjson

from utils.store.calls import Entry

log = logging.getLogger(__name__)

LARGEST = 2**20  # bytes of a file; then the next is begun
ENDING = ".calls"  # of a file's name, once its process holds it


@dataclass(slots=True, eq=False)
class _File:
    """`left` of its calls the database may not have."""

    path: Path
    descriptor: int
    size: int = 0
    left: int = 0


class Journal:
    """Its owner lets one thread in at a time. What is noted outlives the process, not the
    machine, for nobody waits for the disk. While that fails, nothing is noted.

    Each process holds files of its own, locked; of a killed one's the kernel lets go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: _File | None = None
        self._places: dict[str, _File] = {}  # where each call is that is noted
        self._failing = False

    def note(self, entry: Entry) -> None:
        if entry.id in self._places:
            return
        line = _written(entry)
        try:
            file = self._fit()
            if os.write(file.descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            if not self._failing:
                log.error("calls cannot be noted: %s", error.strerror)
            self._failing = True
            return
        self._failing = False
        file.size += len(line)
        file.left += 1
        self._places[entry.id] = file

    def done(self, entries: Iterable[Entry]) -> None:
        """Nobody needs to know them any more."""
        files = {self._strike(entry.id) for entry in entries} - {None}
        for file in files:
            if file and not file.left:
                self._clear(file)

    def abandoned(self) -> Iterator[list[Entry]]:
        """What processes left that are no more. It is gone once the next is asked for."""
        for path in sorted(self._folder.glob(f"*{ENDING}")):
            with suppress(OSError), path.open("rb") as file:
                if _lock(file.fileno()):
                    yield _read(file)
                    path.unlink(missing_ok=True)

    def close(self) -> int:
        """How many calls are left to whoever starts next."""
        left = len(self._places)
        for file in {self._last, *self._places.values()} - {None}:
            if file and not file.left:
                file.path.unlink(missing_ok=True)
            if file:
                os.close(file.descriptor)
        self._last = None
        self._places.clear()
        return left

    def _fit(self) -> _File:
        if self._last is None or self._last.size >= LARGEST:
            self._last = _begun(self._folder)
        return self._last

    def _strike(self, id: str) -> _File | None:
        if file := self._places.pop(id, None):
            file.left -= 1
        return file

    def _clear(self, file: _File) -> None:
        with suppress(OSError):  # then it is looked at once more, and nothing is missing
            os.ftruncate(file.descriptor, 0)
        file.size = 0
        if file is not self._last:
            file.path.unlink(missing_ok=True)
            os.close(file.descriptor)


def _written(entry: Entry) -> bytes:
    told = {"row": entry.row, "reservations": entry.reservations, "paid": entry.paid}
    try:
        line = orjson.dumps(told)
    except orjson.JSONEncodeError:  # what cannot be booked must not stop a call
        line = json.dumps(told).encode()
    return b"\n" + line + b"\n"  # a broken one may be before it


def _begun(folder: Path) -> _File:
    """It has its name only once it is locked, or others would take it for abandoned."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / token_hex(16)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND
    descriptor = os.open(path, flags, mode=0o600)
    _lock(descriptor)
    named = path.with_suffix(ENDING)
    path.rename(named)
    return _File(named, descriptor)


def _lock(descriptor: int) -> bool:
    """False where another holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: BinaryIO) -> list[Entry]:
    """Without a last line that its process could not end."""
    entries = []
    for line in file:
        with suppress(ValueError, TypeError, KeyError):
            told = json.loads(line)
            entries.append(Entry(told["row"], tuple(told["reservations"]), told["paid"]))
    return entries
