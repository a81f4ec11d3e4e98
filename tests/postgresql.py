"""A real PostgreSQL of the tests' own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

PASSWORD = "the-databases-own-password"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
}


class PostgreSQL:
    """Its files go with it. Skips the test where it is not installed."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._binaries = _binaries()
        self._numbers = count()
        self._paused: list[int] = []
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._data = self._folder / "data"
        if os.geteuid() == 0:  # as which it refuses to run
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as: dict[str, Any] = {
                "user": nobody.pw_uid,
                "group": nobody.pw_gid,
                "extra_groups": [],
            }
        else:
            self._as = {}
        self._make()
        self.start()

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        names = ["--username=relay", "--encoding=UTF8", "--locale=C"]
        access = ["--auth=scram-sha-256", f"--pwfile={secret}"]
        command = [str(self._binaries / "initdb"), "--no-sync", f"--pgdata={self._data}"]
        subprocess.run(
            [*command, *names, *access],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            **self._as,
        )

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._binaries / "postgres",
                    "-D",
                    self._data,
                    "-p",
                    str(self.port),
                    *settings,
                ],
                stderr=log,
                stdout=log,
                cwd=self._folder,
                **self._as,
            )
        for _ in range(400):
            try:
                psycopg.connect(self._server("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._folder / "log").read_text())

    def pause(self) -> None:
        """All of it stands still: its system acknowledges what is sent, and nobody answers."""
        self._paused = [self._process.pid]
        os.kill(self._process.pid, signal.SIGSTOP)  # first, so that it begins no other process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in map(int, children.read_text().split()):
            os.kill(pid, signal.SIGSTOP)
            self._paused.append(pid)

    def resume(self) -> None:
        for pid in self._paused:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._paused = []

    def stop(self) -> None:
        self.resume()  # or it would not hear
        self._process.send_signal(signal.SIGQUIT)  # at once, whoever is connected
        self._process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def create(self, name: str = "") -> str:
        """The URL of a new, empty database."""
        name = name or f"relay{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        return f"postgresql+psycopg://relay:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._server("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _server(self, name: str) -> str:
        return f"postgresql://relay:{PASSWORD}@127.0.0.1:{self.port}/{name}"


def _binaries() -> Path:
    """Debian keeps them off the PATH, a folder for each version."""
    found = [
        Path(shutil.which("initdb") or ""),
        *Path("/usr/lib/postgresql").glob("*/bin/initdb"),
    ]
    found = [path for path in found if path.is_file()]
    if not found:
        pytest.skip("postgresql is not installed")
    return max(found).parent
