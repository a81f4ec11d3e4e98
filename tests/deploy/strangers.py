"""Relays that are not well."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread

from tests.raw import read_until


class Stranger:
    """It takes a request, says `answer` and is gone, or stays."""

    def __init__(self, answer: bytes, *, stays: bool = False) -> None:
        self.heard: list[bytes] = []
        self._answer, self._stays = answer, stays
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with ExitStack() as staying, suppress(OSError):  # the listener is closed
            while True:
                client, _ = self._listener.accept()
                self.heard.append(read_until(client, b"\r\n\r\n"))
                client.sendall(self._answer)
                staying.enter_context(client)
                if not self._stays:
                    client.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@contextmanager
def stranger(answer: bytes = b"", *, stays: bool = False) -> Iterator[Stranger]:
    found = Stranger(answer, stays=stays)
    try:
        yield found
    finally:
        found.close()
