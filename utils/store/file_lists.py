"""Each owner's list of files, in Memcached. The truth is in the database.

A list bears the version that the database had when it was whole, and counts only while the
database still has that one. So it need not be trusted: one that missed a change, whatever the
reason, is not used and is replaced. Looking at the version and reading the list takes a third
of the time, or less, that reading a thousand rows takes; for ten files it takes as long.
"""

from __future__ import annotations

import random
import time
from bisect import insort
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Protocol

import orjson

from utils.domain.stored_files import StoredFile
from utils.store.shared import Held

LASTING = 86400  # seconds
LARGEST = 1_000_000  # bytes; Memcached takes a little more. A longer list is not kept
TRIES = 10  # to change a list while others do
PAUSE, LONGEST_PAUSE = 0.002, 0.05  # seconds between them, at most and at first

_Files = list[StoredFile]
_values = attrgetter(*StoredFile.__slots__)


class Swapped(Protocol):
    """As Memcached does. It may be empty at any time."""

    def gets(self, key: str) -> Held | None: ...
    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool: ...
    def delete(self, *keys: str) -> None: ...


class FileLists:
    """Shared by all threads, and by processes. Nothing here raises."""

    def __init__(self, shared: Swapped) -> None:
        self._shared = shared

    def get(self, owner: str, version: int) -> _Files | None:
        """All files at that version, oldest first."""
        held = self._shared.gets(_name(owner))
        if held is None or held.value is None or _version(held.value) != version:
            return None
        return _decoded(held.value)

    def put(self, owner: str, version: int, files: Sequence[StoredFile]) -> None:
        """What was just read from the database, unless a newer list is there already."""
        value = _encoded(version, files)
        held = self._shared.gets(_name(owner))
        if len(value) <= LARGEST and held and _version(held.value) < version:
            self._shared.swap(_name(owner), held, value, LASTING)

    def add(self, owner: str, version: int, file: StoredFile) -> None:
        """`version` is the database's, with it. What has expired goes."""

        def change(files: _Files) -> _Files:
            lasting = [f for f in files if f.expires is None or f.expires > file.created]
            insort(lasting, file, key=attrgetter("id"))
            return lasting

        self._change(_name(owner), version, change)

    def remove(self, owner: str, version: int, id: str) -> None:
        """`version` is the database's, without it."""
        self._change(
            _name(owner), version, lambda files: [file for file in files if file.id != id]
        )

    def _change(self, name: str, version: int, change: Callable[[_Files], _Files]) -> None:
        """In the database's order: it waits a moment for the change before. A list that
        cannot be changed is dropped, though it would not be used any more.
        """
        for number in range(TRIES):
            held = self._shared.gets(name)
            if held is None or held.value is None or _version(held.value) >= version:
                return
            if _version(held.value) == version - 1:
                value = _changed(held.value, version, change)
                if value is None:
                    break
                if self._shared.swap(name, held, value, LASTING):
                    return
            time.sleep(random.random() * min(LONGEST_PAUSE, PAUSE * 2**number))
        self._shared.delete(name)


def _name(owner: str) -> str:
    return f"files:1:{owner}"


def _changed(value: bytes, version: int, change: Callable[[_Files], _Files]) -> bytes | None:
    """None for what cannot be, or cannot be kept."""
    files = _decoded(value)
    fresh = None if files is None else _encoded(version, change(files))
    return fresh if fresh and len(fresh) <= LARGEST else None


def _encoded(version: int, files: Sequence[StoredFile]) -> bytes:
    return b"%d\n" % version + orjson.dumps([*map(_values, files)])


def _version(value: bytes | None) -> int:
    """Less than any when there is none."""
    version = (value or b"")[:20].partition(b"\n")[0]
    return int(version) if version.isdigit() else -1


def _decoded(value: bytes) -> _Files | None:
    """None for what nobody of ours has written."""
    try:
        return [StoredFile(*row) for row in orjson.loads(value.partition(b"\n")[2])]
    except (ValueError, TypeError):
        return None
