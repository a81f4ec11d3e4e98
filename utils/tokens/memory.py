"""Sizes of texts that were counted lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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

    def known(self, keys: Iterable[Key]) -> dict[Key, int]:
        """The sizes of those that are remembered."""
        newer, older = self._newer, self._older
        known = {key: newer[key] for key in keys if key in newer}
        if again := {key: older[key] for key in keys if key in older and key not in newer}:
            self.add(again)
        return known | again

    def add(self, sizes: Mapping[Key, int]) -> None:
        for key, size in sizes.items():
            self._newer[key] = size
            if len(self._newer) >= self._half:
                self._newer, self._older = {}, self._newer
