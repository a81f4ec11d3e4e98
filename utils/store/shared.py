"""Memory that all processes share: Memcached, where it is configured; else each has its own."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar

from pymemcache.client.base import Client

from utils.errors import Unavailable
from utils.store.memcached import Server

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """What was there when somebody looked; `token` tells that look from others."""

    value: bytes | None
    token: bytes | None


class Shared(Protocol):
    """A cache that may be empty at any time. Nothing may depend on it."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes, seconds: int) -> None: ...
    def delete(self, *keys: str) -> None: ...
    def answers(self) -> bool: ...
    def close(self) -> None: ...


class Nothing:
    """Without Memcached, processes share nothing."""

    def get(self, key: str) -> bytes | None:
        return None

    def set(self, key: str, value: bytes, seconds: int) -> None:
        pass

    def delete(self, *keys: str) -> None:
        pass

    def gets(self, key: str) -> Held | None:
        return None

    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool:
        return False

    def answers(self) -> bool:
        return True

    def close(self) -> None:
        pass


class Memory:
    """What this process remembers by itself, until its time is up or others need the room: what
    was not asked for the longest goes first. Shared by all threads.
    """

    def __init__(self, *, entries: int = 10_000, size: int = 32 * 2**20) -> None:
        """`size` bounds the bytes of the values; a larger one is not kept at all."""
        self._most_entries, self._most_bytes = entries, size
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._get(key)

    def set(self, key: str, value: bytes, seconds: int) -> None:
        with self._lock:
            self._set(key, value, seconds)

    def gets(self, key: str) -> Held:
        """For `swap`."""
        value = self.get(key)
        return Held(value, value)

    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool:
        """False, and nothing is set, when something else is there by now."""
        with self._lock:
            if self._get(key) != held.value:
                return False
            self._set(key, value, seconds)
            return True

    def delete(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._drop(key)

    def answers(self) -> bool:
        return True

    def close(self) -> None:
        pass

    def _get(self, key: str) -> bytes | None:
        value, end = self._kept.get(key, (None, 0.0))
        if value is None:
            return None
        if time.monotonic() >= end:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return value

    def _set(self, key: str, value: bytes, seconds: int) -> None:
        self._drop(key)
        if len(value) > self._most_bytes:
            return
        self._kept[key] = value, time.monotonic() + seconds
        self._bytes += len(value)
        while len(self._kept) > self._most_entries or self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        value, _ = self._kept.pop(key, (b"", 0.0))
        self._bytes -= len(value)


class Memcached:
    """Failures count as absence."""

    def __init__(self, host: str, port: int) -> None:
        self._server = Server(host, port)

    def get(self, key: str) -> bytes | None:
        value: bytes | None = self._asked(lambda client: client.get(_slot(key)), None)
        return value

    def set(self, key: str, value: bytes, seconds: int) -> None:
        self._asked(lambda client: client.set(_slot(key), value, expire=seconds), None)

    def delete(self, *keys: str) -> None:
        self._asked(lambda client: client.delete_many([*map(_slot, keys)]), None)

    def gets(self, key: str) -> Held | None:
        """For `swap`. None when there was no answer."""
        return self._asked(lambda client: Held(*client.gets(_slot(key))), None)

    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool:
        """False, and nothing is set, when somebody else was quicker."""
        if held.token is None:
            return self._asked(
                lambda client: bool(client.add(_slot(key), value, expire=seconds)), False
            )
        return self._asked(
            lambda client: bool(client.cas(_slot(key), value, held.token, expire=seconds)),
            False,
        )

    def answers(self) -> bool:
        """Whether it is there at all."""
        return self.gets("anything") is not None

    def close(self) -> None:
        self._server.close()

    def _asked(self, question: Callable[[Client], T], failing: T) -> T:
        try:
            return self._server.ask(question)
        except Unavailable:
            return failing


def _slot(key: str) -> str:
    return "relay:" + hashlib.sha256(key.encode()).hexdigest()
