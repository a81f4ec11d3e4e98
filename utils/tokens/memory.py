"""Sizes of texts that were counted lately."""

from __future__ import annotations

Key = tuple[str | bytes, str]  # a text or its digest, and whose tokens it was counted in


class Memory:
    """About `size` of them: when the newer half is full, what is left in the older one was
    longest unused, and goes. Shared by all threads: each step is one operation on a dict, and
    losing an entry to another thread costs a count.
    """

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self._newer: dict[Key, int] = {}
        self._older: dict[Key, int] = {}

    def get(self, key: Key) -> int | None:
        size = self._newer.get(key)
        if size is None and (size := self._older.get(key)) is not None:
            self.put(key, size)
        return size

    def put(self, key: Key, size: int) -> None:
        self._newer[key] = size
        if len(self._newer) >= self._half:
            self._newer, self._older = {}, self._newer
