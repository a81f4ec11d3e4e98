"""Sizes of texts that were counted lately."""

from __future__ import annotations

from contextlib import suppress

Key = tuple[str, str]  # a text, and whose tokens it was counted in


class Memory:
    """At most `size` of them; the longest unused one goes first. Shared by all threads: each
    step is one operation on a dict, and losing an entry to another thread costs a count.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._sizes: dict[Key, int] = {}

    def get(self, key: Key) -> int | None:
        with suppress(KeyError):
            self._sizes[key] = size = self._sizes.pop(key)
            return size
        return None

    def put(self, key: Key, size: int) -> None:
        self._sizes[key] = size
        while len(self._sizes) > self._size:
            with suppress(KeyError, StopIteration, RuntimeError):  # another thread was faster
                del self._sizes[next(iter(self._sizes))]
