"""The servers that relay.yaml names, each kept as long as it says the same of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from utils.compatible.client import Client
from utils.compatible.server import Server
from utils.domain.breaker import State
from utils.relay_file import Backend


class Servers:
    """Shared by all threads."""

    def __init__(self, connect: Callable[[str, Backend], Client]) -> None:
        """`connect` takes a server's name."""
        self._connect = connect
        self._lock = Lock()
        self._current: dict[str, Server] = {}

    def of(self, backends: Mapping[str, Backend]) -> Mapping[str, Server]:
        """One for each. Those that are left out keep no connection any more."""
        with self._lock:
            before, self._current = self._current, {}
            for name, settings in backends.items():
                known = before.get(name)
                if known is None or known.settings != settings:
                    known = Server(name, settings, self._connect(name, settings))
                self._current[name] = known
            servers = self._current
        for name, server in before.items():
            if servers.get(name) is not server:
                server.close()
        return servers

    def state(self) -> Mapping[str, Mapping[str, State]]:
        """Of each server's models."""
        with self._lock:
            servers = self._current
        return {name: server.state() for name, server in servers.items()}

    def close(self) -> None:
        """No connection is kept for later any more."""
        self.of({})
