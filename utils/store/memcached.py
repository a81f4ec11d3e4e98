"""A Memcached, and how long one waits for it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import (
    MemcacheError,
    MemcacheUnexpectedCloseError,
    MemcacheUnknownError,
)

from utils import hubs
from utils.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 0.3  # seconds for an answer; pymemcache has none by itself
MOST = 4 * 2**20  # bytes of an answer: four times what Memcached keeps under one name
BACK_OFF = 3  # seconds during which one that is away is left alone

_STALE = (MemcacheUnexpectedCloseError, ConnectionResetError, BrokenPipeError)
_MAD = (ValueError, LookupError, MemcacheUnknownError)  # it is no Memcached, or not well
_AWAY = (MemcacheUnexpectedCloseError, OSError, *_MAD)


class _Waiting:
    """A connection whose waits hold up nobody else."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._until, self._left = 0.0, 0

    def sendall(self, data: bytes) -> None:
        self._until, self._left = time.monotonic() + PATIENCE, MOST
        rest = memoryview(data)
        while rest:
            rest = rest[hubs.send(self._sock, rest, PATIENCE) :]

    def recv(self, size: int) -> bytes:
        """Of one answer all there is, however it trickles in."""
        data = hubs.receive(self._sock, size, max(0, self._until - time.monotonic()))
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("an answer without end")
        return data

    def close(self) -> None:
        self._sock.close()


class _WaitingClient(Client):  # type: ignore[misc]
    sock: Any

    def _connect(self) -> None:
        hubs.elsewhere(super()._connect)
        self.sock = _Waiting(self.sock)


class _Clients(PooledClient):  # type: ignore[misc]
    client_class = _WaitingClient


class Server:
    """Shared by all threads of a process. While it is away nobody waits for it but one at a
    time, who asks whether it is back.
    """

    def __init__(self, host: str, port: int) -> None:
        self._pool = _Clients(
            (host, port),
            connect_timeout=PATIENCE,
            timeout=PATIENCE,
            no_delay=True,
            default_noreply=False,
        ).client_pool
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether it did not answer when it was asked last."""
        return self._away_until > 0

    def ask(self, question: Callable[[Client], T]) -> T:
        """Raises Unavailable. Of connections that were kept from before the server started
        anew, each fails once.
        """
        self._check()
        stale = len(self._pool.free)
        while True:
            try:
                with self._pool.get_and_release(destroy_on_fail=True) as client:
                    answer = question(client)
            except (MemcacheError, OSError, *_MAD) as error:
                if stale and isinstance(error, _STALE):
                    stale -= 1
                    continue
                raise self._noted(error) from error
            self._away_until = 0.0
            return answer

    def lines(self, commands: Sequence[str]) -> list[str]:
        """What answers each command, in one round trip. Raises Unavailable."""
        sent = [f"{command}\r\n".encode() for command in commands]

        def question(client: Client) -> list[str]:
            # What all of pymemcache's commands come down to. It has no public one for several.
            told = client._misc_cmd(sent, b"", noreply=False)
            return [line.decode() for line in told]

        return self.ask(question)

    def close(self) -> None:
        self._pool.clear()

    def _check(self) -> None:
        if self._away_until:
            now = time.monotonic()
            if now < self._away_until:
                raise Unavailable("Memcached is away.")
            self._away_until = now + BACK_OFF

    def _noted(self, error: Exception) -> Unavailable:
        if isinstance(error, _AWAY):
            self._away_until = time.monotonic() + BACK_OFF
        log.warning("Memcached did not answer: %s", type(error).__name__)
        return Unavailable("Memcached did not answer.")
