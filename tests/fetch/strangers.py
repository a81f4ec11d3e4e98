"""Servers and names that are not ours, all of them on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import Any

import pytest

from tests.raw import read_until
from utils.errors import InvalidRequest
from utils.fetch import Fetcher

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def page(body: bytes = b"", *headers: str, status: str = "200 OK") -> list[bytes]:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ["\r\n".join([*lines, "", ""]).encode(), body]


def redirect(location: str, status: str = "302 Found") -> list[bytes]:
    return page(b"", f"Location: {location}", status=status)


class Stranger:
    """Sends the bytes under the path it is asked for, then hangs up."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self.pages: dict[str, Iterable[bytes]] = {}
        self.elsewhere: Iterable[bytes] = page(b"SECRET-TEXT", status="404 Not Found")
        self.requests: list[str] = []
        self._listener = socket.create_server((address, port))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(20)
            request = read_until(client, b"\r\n\r\n").decode("latin-1")
            if not request:
                return
            self.requests.append(request)
            path = request.split(" ")[1].partition("?")[0]
            for part in self.pages.get(path, self.elsewhere):
                client.sendall(part)


class Names:
    """In place of `socket.getaddrinfo`: records each lookup, and asks nobody."""

    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self._known: dict[str, list[list[str]]] = {}
        self._real = socket.getaddrinfo

    def add(self, name: str, *answers: list[str]) -> None:
        """Addresses for the first lookup, the second and so on; the last for all others."""
        self._known[name] = list(answers)

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.looked_up.append(host)
        answers = self._known.get(host, [[host]])
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [place for address in addresses for place in self._numeric(address, port)]

    def _numeric(self, address: str, port: int) -> list[Any]:
        return self._real(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)


class Guard:
    """Fails the test at a connect to anywhere but loopback, even one in another thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.connects: list[str] = []
        self.outside: list[str] = []
        real = socket.socket.connect

        def connect(sock: socket.socket, address: Any) -> None:
            self.connects.append(address[0])
            if not ip_address(address[0]).is_loopback:
                self.outside.append(address[0])
                pytest.fail(f"connected to {address[0]}")
            real(sock, address)

        monkeypatch.setattr(socket.socket, "connect", connect)


def refusal(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(InvalidRequest) as caught:
        fetcher.get(url)
    assert (caught.value.status, caught.value.code) == (400, "url_not_fetched")
    return caught.value.message
