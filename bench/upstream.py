"""A 1min.ai that costs little, for all the others to ask: one loop, the simulator's answers."""

from __future__ import annotations

import argparse
import heapq
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain, count

from bench.replays import Answers, Step
from simulator.ordinary import filler

STAMP = 12  # digits with which a paced answer begins: when it was asked for
LAP = 10**STAMP  # microseconds, after which they begin anew
UNSTAMPED = filler(STAMP).encode()
READ_SIZE = 2**18
BACKLOG = 4096
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Peer:
    """One connection, and the answer that is on its way there."""

    __slots__ = ("due", "received", "sock", "steps", "unsent")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""
        self.steps: Iterator[Step] = iter(())
        self.due = 0.0
        self.unsent = memoryview(b"")

    def asked(self) -> tuple[bytes, bytes] | None:
        """The head and the body of a request that has come whole."""
        top, blank, rest = self.received.partition(b"\r\n\r\n")
        if not blank:
            return None
        length = LENGTH.search(top)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return None
        self.received = rest[size:]
        return top, rest[:size]


class Upstream:
    def __init__(self, port: int) -> None:
        self._answers = Answers()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._peers: dict[int, Peer] = {}
        self._paused: list[tuple[float, int, Peer]] = []
        self._order = count()  # so that the heap never compares peers

    def run(self) -> None:
        while True:
            wait = self._paused[0][0] - time.monotonic() if self._paused else None
            for fd, event in self._epoll.poll(None if wait is None else max(wait, 0)):
                self._serve(fd, event)
            now = time.monotonic()
            while self._paused and self._paused[0][0] <= now:
                self._send(heapq.heappop(self._paused)[2])

    def _serve(self, fd: int, event: int) -> None:
        peer = self._peers.get(fd)
        if peer is None:
            self._accept()
        elif event & select.EPOLLOUT:
            self._epoll.modify(fd, select.EPOLLIN)
            self._send(peer)
        else:
            self._read(peer)

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[sock.fileno()] = Peer(sock)
        self._epoll.register(sock, select.EPOLLIN)

    def _read(self, peer: Peer) -> None:
        try:
            data = peer.sock.recv(READ_SIZE)
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        peer.received += data
        if asked := peer.asked():
            peer.due = time.monotonic()
            peer.steps = stamped(self._answers.to(*asked), peer.due)
            self._go_on(peer)

    def _go_on(self, peer: Peer) -> None:
        """To the next step, if there is one. It has its own time, however late the last was."""
        pause, data = next(peer.steps, (0.0, b""))
        peer.unsent = memoryview(data)
        if pause:
            peer.due += pause
            heapq.heappush(self._paused, (peer.due, next(self._order), peer))
        elif data:
            self._send(peer)

    def _send(self, peer: Peer) -> None:
        try:
            sent = peer.sock.send(peer.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(peer)
            return
        peer.unsent = peer.unsent[sent:]
        if peer.unsent:
            self._epoll.modify(peer.sock, select.EPOLLOUT)
        else:
            self._go_on(peer)

    def _drop(self, peer: Peer) -> None:
        """Once more for a peer that has left while it was paused."""
        self._peers.pop(peer.sock.fileno(), None)
        peer.sock.close()


def stamped(steps: Sequence[Step], begun: float) -> Iterator[Step]:
    """`begun` is of the clock that all processes of a machine share."""
    if len(steps) == 1:  # it has no pace
        return iter(steps)
    rest = iter(steps)
    pause, data = next(rest)
    stamp = f"{int(begun * 1e6) % LAP:0{STAMP}}".encode()
    return chain([(pause, data.replace(UNSTAMPED, stamp, 1))], rest)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.upstream", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Upstream(options.port).run()


if __name__ == "__main__":
    main()
