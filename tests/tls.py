"""TLS in front of a plain server, with certificates of the test's own making."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def tls_front(context: ssl.SSLContext, upstream: str) -> Iterator[int]:
    """The port on which `upstream` answers through TLS."""
    target = ("127.0.0.1", int(upstream.rsplit(":", 1)[1]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=_accept, args=(listener, context, target), daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            Thread(target=_carry, args=(client, context, target), daemon=True).start()


def _carry(client: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with (
        client,
        suppress(OSError),
        socket.create_connection(target) as server,
        context.wrap_socket(client, server_side=True) as secured,
    ):
        back = Thread(target=_pump, args=(server, secured), daemon=True)
        back.start()
        _pump(secured, server)
        back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
