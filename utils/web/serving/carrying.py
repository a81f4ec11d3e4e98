"""waitress on one thread: calls that wait are carried by its own loop, and hold no other."""

from __future__ import annotations

import re
import select
import socket
from typing import Any

from flask import Flask
from waitress.channel import ClientDisconnected
from waitress.wasyncore import readwrite

from utils import hubs
from utils.config import Config
from utils.loop import LOOKS, Hub
from utils.web.calls.seats import SLOW, THREADS
from utils.web.http.paths import normal
from utils.web.services.bodies import LARGE
from utils.web.services.shutdown import Shutdown
from utils.web.serving.channel import Channel
from utils.web.serving.serving import Server

CLIENTS = 64  # that are taken in one turn
CHATS = re.compile(r"(?:/v1)?/(?:(?:chat/)?completions|messages|responses(?:/compact)?)")


class CarriedChannel(Channel):
    """Its events are listened for while it wants any. All but `service` of what is not carried
    happens on the server's thread.
    """

    server: CarryingServer
    events = 0  # that are listened for

    def __init__(self, *parts: Any, **named: Any) -> None:
        """Hears its client at once: most have asked for something when they are let in."""
        super().__init__(*parts, **named)
        if not hubs.is_quiet(self.socket):
            self._tell(select.EPOLLIN)

    def add_channel(self, map: dict[int, Any] | None = None) -> None:
        super().add_channel(map)
        self.events = select.EPOLLIN
        self.server.hub.listen(self._fileno, self.events, self._tell)

    def del_channel(self, map: dict[int, Any] | None = None) -> None:
        if self._fileno is not None:
            self.server.hub.forget(self._fileno)
        super().del_channel(map)

    def _tell(self, events: int) -> None:
        readwrite(self, events)
        self.settle()

    def settle(self) -> None:
        """Listen for what it wants now."""
        if self._fileno is not None and self.writable() and not self.total_outbufs_len:
            self.handle_write()  # it only waits to be closed
        if self._fileno is None:
            return
        events = select.EPOLLIN if self.readable() else 0
        if self.writable():
            events |= select.EPOLLOUT
        if events != self.events:
            self.events = events
            self.server.hub.change(self._fileno, events)

    def service(self) -> None:
        super().service()
        if hubs.is_carried():
            self.settle()

    def write_soon(self, data: Any) -> int:
        """What a carried call writes goes out at once, as far as its client takes it."""
        if not hubs.is_carried() or self.total_outbufs_len or not isinstance(data, bytes):
            return self._write_later(data)
        if not self.connected:
            raise ClientDisconnected
        sent: int = self.send(data, do_close=False)
        return sent if sent == len(data) else sent + self._write_later(data[sent:])

    def _write_later(self, data: Any) -> int:
        if not hubs.is_carried():
            return int(super().write_soon(data))
        # Before waitress takes the lock that whoever flushes needs.
        self._flush_outbufs_below_high_watermark()
        written = int(super().write_soon(data))
        self.settle()
        return written

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Before more is written. A slow client must hold up nobody else."""
        if not hubs.is_carried():
            super()._flush_outbufs_below_high_watermark()
            return
        while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
            hubs.sleep(LOOKS)


def server_of(
    app: Flask, config: Config, listener: socket.socket, shutdown: Shutdown
) -> Server:
    """The one that the settings ask for."""
    kind = CarryingServer if config.carrier == "loop" else Server
    return kind(app, config, listener, shutdown)


class CarryingServer(Server):
    """Chats and media are carried; what may block for long otherwise has threads."""

    channel_class = CarriedChannel

    def __init__(
        self, app: Flask, config: Config, listener: socket.socket, shutdown: Shutdown
    ) -> None:
        self.hub = Hub()
        self._threaded: set[CarriedChannel] = set()  # whose calls threads may answer
        super().__init__(app, config, listener, shutdown)
        self._listens = True
        self.hub.listen(self._fileno, select.EPOLLIN, self._tell)

    def _tell(self, events: int) -> None:
        """waitress would take one new client a turn, however many wait."""
        for _ in range(CLIENTS):
            before = self.accepted
            readwrite(self, events)
            if self.accepted == before:
                break

    def _threads(self, config: Config) -> int:
        return min(config.threads, THREADS)

    def add_task(self, task: CarriedChannel) -> None:
        if is_carried(task.requests[0]):
            self.hub.add(task.service)
        else:
            self._threaded.add(task)
            super().add_task(task)

    def pull_trigger(self) -> None:
        self.hub.ring()

    def del_channel(self, map: dict[int, Any] | None = None) -> None:
        if self._fileno is not None:
            self.hub.forget(self._fileno)
        super().del_channel(map)

    def _turn(self, patience: float) -> None:
        self._listen()
        self.hub.turn(patience)
        for channel in self._threaded.copy():
            # First: a thread that ends after this look is looked at again, and one that ended
            # while it was settled would not be heard any more.
            if not channel.requests and not channel.total_outbufs_len:
                self._threaded.discard(channel)
            channel.settle()

    def _listen(self) -> None:
        """For new clients, unless there are too many."""
        if self.accepting and self._listens != self.readable():
            self._listens = not self._listens
            self.hub.change(self._fileno, select.EPOLLIN if self._listens else 0)

    @property
    def _is_busy(self) -> bool:
        return self.hub.is_busy or super()._is_busy

    def run(self) -> None:
        try:
            super().run()
        finally:
            self.hub.close()


def is_carried(request: Any) -> bool:
    """Whether it may wait on the loop: then nothing it does takes long, or blocks."""
    if request.error:
        return True
    if request.body_bytes_received > LARGE and not _is_form(request):
        return False
    path = normal(request.path, frozenset())
    is_chat = request.command == "POST" and CHATS.fullmatch(path)
    return bool(is_chat or SLOW.fullmatch(path))


def _is_form(request: Any) -> bool:
    """Of files, which take no time at all."""
    return bool(request.headers.get("CONTENT_TYPE", "").startswith("multipart/"))
