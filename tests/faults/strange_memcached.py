"""What says it is a Memcached, and is not well."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from tests.raw import read_until


class Strange:
    """Whatever it is asked, it says the same: all at once or, with a `pause`, byte by byte."""

    def __init__(self, answer: bytes, pause: float, *, endless: bool) -> None:
        self._answer, self._pause, self._endless = answer, pause, endless
        self._over = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._answers, args=(client,), daemon=True).start()

    def _answers(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while read_until(client, b"\r\n") and not self._over.is_set():
                self._say(client)
                while self._endless and not self._over.is_set():
                    self._say(client)

    def _say(self, client: socket.socket) -> None:
        if not self._pause:
            client.sendall(self._answer)
            return
        for byte in self._answer:
            self._over.wait(self._pause)
            client.sendall(bytes([byte]))

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def strange(answer: bytes, pause: float = 0, *, endless: bool = False) -> Iterator[Strange]:
    found = Strange(answer, pause, endless=endless)
    try:
        yield found
    finally:
        found.close()
