"""The listening socket and its connections, one thread each."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from simulator.http import Connection, Gone, Malformed, Request

BACKLOG = 4096
THREADS_BETWEEN_SWEEPS = 256
RETRY_TIME = 0.01
SETTLING_TIME = 0.2  # seconds from an answer's last byte to its connection being idle
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Handler = Callable[[Request, Connection], bool]


class Listener:
    """Accepts on a thread of its own. A handler answers, and says whether to read on."""

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        self._handler = handler
        self._socket = socket.create_server((host, port), backlog=BACKLOG)
        self._connections = set[Connection]()
        self._threads = list[threading.Thread]()
        self._lock = threading.Lock()
        self._acceptor = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self.closing = False
        self.host, self.port = self._socket.getsockname()[:2]

    def start(self) -> None:
        self._acceptor.start()

    def close_idle(self) -> None:
        """Close the kept connections between two requests, as servers do after a while."""
        for connection in self._open():
            if connection.idle.wait(SETTLING_TIME):
                connection.abort()

    def close(self) -> None:
        """Stop listening and end every connection; no thread outlives this."""
        self.closing = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() would not
        self._acceptor.join()
        self._socket.close()
        for connection in self._open():
            connection.abort()
        for thread in self._threads:
            thread.join()

    def _open(self) -> list[Connection]:
        with self._lock:
            return list(self._connections)

    def _accept(self) -> None:
        for number in count(1):
            sock = self._accepted()
            if sock is None:
                return
            connection = Connection(sock, number)
            with self._lock:
                self._connections.add(connection)
            self._begin(connection)

    def _accepted(self) -> socket.socket | None:
        """None once closed. Out of descriptors, peers wait in the backlog."""
        while not self.closing:
            try:
                return self._socket.accept()[0]
            except OSError:
                time.sleep(RETRY_TIME)
        return None

    def _begin(self, connection: Connection) -> None:
        if connection.number % THREADS_BETWEEN_SWEEPS == 0:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
        name = f"simulator-{connection.number}"
        thread = threading.Thread(
            target=self._serve, args=(connection,), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            while (request := connection.request()) and self._handler(request, connection):
                pass
        except Malformed:
            with suppress(Gone):
                connection.send(BAD_REQUEST)
        except Gone:
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()
