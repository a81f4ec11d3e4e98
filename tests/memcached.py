"""A real memcached of the test's own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time

import pytest


class Memcached:
    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.start()

    def start(self, *options: str) -> None:
        binary = shutil.which("memcached")
        if not binary:
            pytest.skip("memcached is not installed")
        command = [binary, "-l", "127.0.0.1", "-p", str(self.port), "-m", "64", "-u", "nobody"]
        self._process = subprocess.Popen([*command, *options])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("memcached did not start")

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """All that it was told."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(b"flush_all\r\n")
            assert client.recv(100) == b"OK\r\n"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
