"""Connections to one server, each carrying a request at a time and kept for the next one."""

from __future__ import annotations

import heapq
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from bench.load import READ_SIZE, Address, Exchange


@dataclass(slots=True)
class _Line:
    connection: socket.socket
    exchange: Exchange
    unsent: bytes


class Lines:
    def __init__(self, address: Address) -> None:
        self._address = address
        self._epoll = select.epoll()
        self._idle: dict[int, socket.socket] = {}
        self._busy: dict[int, _Line] = {}
        self._ends: list[tuple[float, int, _Line]] = []  # when patience does, soonest first
        self._numbers = count()

    def ask(self, data: bytes, patience: float) -> Exchange:
        """An OSError says that there is no connection to be had."""
        line = _Line(self._connection(), Exchange(time.monotonic()), data)
        self._busy[line.connection.fileno()] = line
        heapq.heappush(self._ends, (line.exchange.sent + patience, next(self._numbers), line))
        self._send(line)
        return line.exchange

    def turn(self, until: float) -> list[Exchange]:
        """Wait for something to come, and take it: the exchanges that are over. One that is
        not complete was broken off by the server, or its caller's patience has ended.
        """
        over = self._out_of_patience()
        moment = min(until, self._ends[0][0]) if self._ends else until
        wait = 0.0 if over else max(0.0, moment - time.monotonic())
        for fd, events in self._epoll.poll(wait):
            line = self._busy.get(fd)
            if line is None:
                self._idle.pop(fd).close()  # the server does not keep it any longer
            elif events == select.EPOLLOUT:
                self._send(line)
            elif self._received(line):
                over.append(line.exchange)
        return over

    def close(self) -> None:
        for connection in [
            *self._idle.values(),
            *(it.connection for it in self._busy.values()),
        ]:
            connection.close()
        self._epoll.close()

    def _connection(self) -> socket.socket:
        """The one that was used last: the server gives up those that are idle for long."""
        if self._idle:
            return self._idle.popitem()[1]
        connection = socket.create_connection(self._address, timeout=5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        return connection

    def _send(self, line: _Line) -> None:
        with suppress(BlockingIOError, ConnectionError):  # which its end will tell
            line.unsent = line.unsent[line.connection.send(line.unsent) :]
        more = select.EPOLLOUT if line.unsent else 0
        self._epoll.modify(line.connection.fileno(), select.EPOLLIN | more)

    def _received(self, line: _Line) -> bool:
        """Whether that was the last of it."""
        try:
            data = line.connection.recv(READ_SIZE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            line.exchange.take(time.monotonic(), data)
        if data and not line.exchange.complete:
            return False
        self._let_go(line)
        return True

    def _out_of_patience(self) -> list[Exchange]:
        over = []
        now = time.monotonic()
        while self._ends and self._ends[0][0] <= now:
            _, _, line = heapq.heappop(self._ends)
            if self._busy.get(line.connection.fileno()) is line:
                self._let_go(line)
                over.append(line.exchange)
        return over

    def _let_go(self, line: _Line) -> None:
        fd = line.connection.fileno()
        del self._busy[fd]
        if line.exchange.complete and not line.exchange.closing and not line.unsent:
            self._idle[fd] = line.connection
        else:
            line.connection.close()
