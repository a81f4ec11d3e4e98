"""HTTP to public servers only, and never past a deadline."""

from __future__ import annotations

import io
import socket
import ssl
import time
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from typing import Any, NoReturn

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.response import assert_header_parsing

from utils.public_networks import Place, PublicNetworks

MOST_PLACES = 4  # addresses of one host that are tried


class Closed(Exception):
    """The host may not be connected to, or does not exist: nobody is to know which."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one fetch reaches hosts, and until when."""

    networks: PublicNetworks
    until: float

    def connected(self, host: str, port: int) -> socket.socket:
        places = self.networks.places(host, port, self.left())
        if not places:
            raise Closed
        tried = places[:MOST_PLACES]
        for index, place in enumerate(tried[:-1]):
            try:
                return self._connected_to(place, self.left() / (len(tried) - index))
            except OSError:
                continue
        return self._connected_to(tried[-1], self.left())

    def left(self) -> float:
        """Seconds. Raises TimeoutError when none are."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _connected_to(self, place: Place, patience: float) -> socket.socket:
        sock = socket.socket(place.family, socket.SOCK_STREAM)
        try:
            sock.settimeout(patience)
            sock.connect(place.address)
            sock.settimeout(self.left())  # for the TLS handshake, and to send the request
        except OSError:
            sock.close()
            raise
        return sock


class _Timed(io.RawIOBase):
    """What a socket sends until the deadline, however slowly: a plain timeout begins anew with
    every byte of the answer's head.
    """

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, way: Way) -> None:
        self._sock = sock
        self._raw = raw
        self._way = way

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._way.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, way: Way, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Timed(sock, self.fp.detach(), way))

    def begin(self) -> None:
        super().begin()
        assert_header_parsing(self.msg)  # else urllib3 logs the URL, and goes on


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, way: Way, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._way = way
        self.response_class = partial(_Answer, way=way)  # type: ignore[assignment]

    def _new_conn(self) -> socket.socket:
        return self._way.connected(self._dns_host, self.port)


class _SecureConnection(_Connection, HTTPSConnection):
    """The name in the URL is asked for and proven, whatever its address."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class PublicHTTP(HTTPAdapter):
    """Every connection is one of ours."""

    def __init__(self, way: Way, tls: ssl.SSLContext) -> None:
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, way=way),
            "https": partial(_SecurePool, way=way, ssl_context=tls),
        }

    def cert_verify(self, *_: Any) -> None:
        """The context knows its roots. Requests would load certifi's for every connection."""

    def proxy_manager_for(self, proxy: str, **_: Any) -> NoReturn:
        raise AssertionError("a proxy would connect to where the URL leads, unchecked")
