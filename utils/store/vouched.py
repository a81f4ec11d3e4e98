"""Callers whose keys 1min.ai has accepted."""

from __future__ import annotations

from utils.store.shared import Memory, Shared

LASTING = 86400  # seconds, from when a process hears of it
MOST = 10_000  # of them in one process


class Vouched:
    """By their owners' names. Shared by all threads and, through Memcached, by processes."""

    def __init__(self, shared: Shared) -> None:
        self._own = Memory(entries=MOST)
        self._shared = shared

    def __contains__(self, owner: str) -> bool:
        if self._own.get(_name(owner)):
            return True
        if not self._shared.get(_name(owner)):
            return False
        self._own.set(_name(owner), b"1", LASTING)
        return True

    def add(self, owner: str) -> None:
        self._own.set(_name(owner), b"1", LASTING)
        self._shared.set(_name(owner), b"1", LASTING)


def _name(owner: str) -> str:
    return f"vouched for {owner}"
