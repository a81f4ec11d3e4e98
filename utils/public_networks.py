"""Which addresses a stranger's URL may lead to: the public ones, never our own network's."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from queue import Empty, Queue
from threading import BoundedSemaphore, Thread
from typing import Any

LOOKUPS = 16  # names looked up at once; the rest wait their turn

# What some version of Python takes for global: shared, translated or tunnelled addresses.
CLOSED = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where `socket.connect` goes. Nothing is looked up any more."""

    family: int
    address: Any


class PublicNetworks:
    """`allowed` networks are open on every port, the public ones on `ports` (None is every
    port). Shared by all threads.
    """

    def __init__(
        self, allowed: Sequence[IPv4Network | IPv6Network], ports: frozenset[int] | None
    ) -> None:
        self._allowed = tuple(allowed)
        self._ports = ports
        self._lookups = BoundedSemaphore(LOOKUPS)

    def places(self, host: str, port: int, patience: float) -> list[Place]:
        """All the host's addresses. None at all if one of them is closed: who asks for a name
        learns nothing of our network, and a name cannot be closed now and open a moment later.
        """
        found = self._looked_up(host, port, patience)
        return found if all(self._permits(place.address[0], port) for place in found) else []

    def _looked_up(self, host: str, port: int, patience: float) -> list[Place]:
        """In a thread, because the system's resolver takes as long as it likes; a daemon, or
        it would keep a relay that stops.
        """
        found: Queue[list[Place]] = Queue(1)
        if not self._lookups.acquire(timeout=max(patience, 0)):
            return []
        Thread(target=self._look_up, args=(host, port, found), daemon=True).start()
        try:
            return found.get(timeout=max(patience, 0))
        except Empty:
            return []

    def _look_up(self, host: str, port: int, found: Queue[list[Place]]) -> None:
        try:
            places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([Place(family, address) for family, *_, address in places])
        except (OSError, UnicodeError):  # no such name
            found.put([])
        finally:
            self._lookups.release()

    def _permits(self, address: str, port: int) -> bool:
        ip = _unwrapped(ip_address(address))
        if any(ip in network for network in self._allowed):
            return True
        return (self._ports is None or port in self._ports) and _public(ip)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """::ffff:127.0.0.1 is 127.0.0.1."""
    return getattr(ip, "ipv4_mapped", None) or ip


def _public(ip: IPv4Address | IPv6Address) -> bool:
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified
    return ip.is_global and not special and not any(ip in network for network in CLOSED)
