"""Memory that all processes share: Memcached, where it is configured."""

from __future__ import annotations

import hashlib
import logging
from typing import Protocol

from pymemcache.client.base import PooledClient
from pymemcache.exceptions import MemcacheError

log = logging.getLogger(__name__)


class Shared(Protocol):
    """A cache that may be empty at any time. Nothing may depend on it."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes, seconds: int) -> None: ...
    def close(self) -> None: ...


class Nothing:
    """Without Memcached, processes share nothing."""

    def get(self, key: str) -> bytes | None:
        return None

    def set(self, key: str, value: bytes, seconds: int) -> None:
        pass

    def close(self) -> None:
        pass


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

    def close(self) -> None:
        self._client.close()


def _slot(key: str) -> str:
    return "relay:" + hashlib.sha256(key.encode()).hexdigest()
