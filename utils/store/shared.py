"""Memory that all processes share: Memcached, where it is configured; else each has its own."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from pymemcache.client.base import PooledClient
from pymemcache.exceptions import MemcacheError

log = logging.getLogger(__name__)


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
            value, end = self._kept.get(key, (None, 0.0))
            if value is None:
                return None
            if time.monotonic() >= end:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return value

    def set(self, key: str, value: bytes, seconds: int) -> None:
        with self._lock:
            self._drop(key)
            if len(value) > self._most_bytes:
                return
            self._kept[key] = value, time.monotonic() + seconds
            self._bytes += len(value)
            while len(self._kept) > self._most_entries or self._bytes > self._most_bytes:
                self._drop(next(iter(self._kept)))

    def delete(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._drop(key)

    def close(self) -> None:
        pass

    def _drop(self, key: str) -> None:
        value, _ = self._kept.pop(key, (b"", 0.0))
        self._bytes -= len(value)


class Memcached:
    """Failures are logged and count as absence."""

    def __init__(self, host: str, port: int, size: int) -> None:
        self._client = PooledClient(
            (host, port),
            connect_timeout=0.3,
            timeout=0.3,
            no_delay=True,
            default_noreply=False,
            max_pool_size=size,
        )

    def get(self, key: str) -> bytes | None:
        try:
            value: bytes | None = self._client.get(_slot(key))
        except (MemcacheError, OSError) as error:
            log.warning("Memcached did not answer: %s", type(error).__name__)
            return None
        return value

    def set(self, key: str, value: bytes, seconds: int) -> None:
        try:
            self._client.set(_slot(key), value, expire=seconds)
        except (MemcacheError, OSError) as error:
            log.warning("Memcached did not take a value: %s", type(error).__name__)

    def delete(self, *keys: str) -> None:
        try:
            self._client.delete_many([*map(_slot, keys)])
        except (MemcacheError, OSError) as error:
            log.warning("Memcached did not forget a value: %s", type(error).__name__)

    def gets(self, key: str) -> Held | None:
        """For `swap`. None when there was no answer."""
        try:
            return Held(*self._client.gets(_slot(key)))
        except (MemcacheError, OSError) as error:
            log.warning("Memcached did not answer: %s", type(error).__name__)
            return None

    def swap(self, key: str, held: Held, value: bytes, seconds: int) -> bool:
        """False, and nothing is set, when somebody else was quicker."""
        try:
            if held.token is None:
                return bool(self._client.add(_slot(key), value, expire=seconds))
            return bool(self._client.cas(_slot(key), value, held.token, expire=seconds))
        except (MemcacheError, OSError) as error:
            log.warning("Memcached did not take a value: %s", type(error).__name__)
            return False

    def close(self) -> None:
        self._client.close()


def _slot(key: str) -> str:
    return "relay:" + hashlib.sha256(key.encode()).hexdigest()
