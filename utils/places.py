"""What a file's events are for, to whoever polls them."""

from __future__ import annotations

import select
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from weakref import ReferenceType, ref

W = TypeVar("W")
W_co = TypeVar("W_co", covariant=True)

if sys.platform == "linux":
    _ENDS = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
    READ = select.EPOLLIN | _ENDS
    WRITE = select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR
    INCOMING = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET
    EDGES = INCOMING | select.EPOLLOUT


class Place(Protocol[W_co]):
    """Tells who waits for what has happened, if anybody does."""

    def happened(self, events: int) -> W_co | None: ...


class Waited(Generic[W]):
    """A socket that is waited for, by one at a time. Its events are told once, so it is read
    until it is empty before anybody waits for it.
    """

    __slots__ = ("ended", "sock", "tls", "unread", "waiter", "wanted")

    def __init__(self, sock: socket.socket) -> None:
        self.sock: ReferenceType[socket.socket] = ref(sock)  # its number may become another's
        self.unread = True
        self.ended = False
        self.tls = isinstance(sock, ssl.SSLSocket)  # it reads ahead of whoever asks
        self.waiter: W | None = None
        self.wanted = 0

    def happened(self, events: int) -> W | None:
        self.unread = self.unread or events & READ > 0
        self.ended = self.ended or events & _ENDS > 0
        return self.waiter if events & self.wanted else None


class Listener:
    """A file whose events somebody else wants to know, as long as they last."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell: Callable[[int], None] | None = tell

    def happened(self, events: int) -> None:
        if self._tell:
            self._tell(events)

    def forget(self) -> None:
        """Also what has happened before and is not told yet."""
        self._tell = None
