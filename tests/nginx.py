"""A real nginx of the test's own, with the configuration that operators are given."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.serving import ROOT, Relay

CONFIGURATION = (ROOT / "deploy" / "nginx.conf").read_text()
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx(Relay):
    """In front of the relays on these ports, and asked as if it were one."""

    def __init__(
        self, ports: Sequence[int], configuration: str = CONFIGURATION, listen: str = ""
    ) -> None:
        super().__init__(free_port())
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        self.folder.chmod(0o755)  # its workers are somebody else
        (self.folder / "conf.d").mkdir()
        (self.folder / "conf.d" / "paths.conf").write_text(
            "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in TEMPORARY)
        )
        (self.folder / "nginx.conf").write_text(configuration)
        listen = listen or f"listen 127.0.0.1:{self.port};"
        (self.folder / "listen.conf").write_text(listen.replace("PORT", str(self.port)))
        self._name(ports)
        self._start()

    def _name(self, ports: Sequence[int], *, down: int = 0) -> None:
        usual = "max_fails=1 fail_timeout=1s"
        servers = [
            f"server 127.0.0.1:{port} {usual}{' down' if port == down else ''};\n"
            for port in ports
        ]
        (self.folder / "relays.conf").write_text("".join(servers))

    def _start(self) -> None:
        self._process = subprocess.Popen(command(self.folder, "daemon off;"))
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("nginx did not start")

    def take_out(self, port: int, ports: Sequence[int]) -> None:
        """As deploy/relays.conf tells an operator to."""
        before = workers(self._process.pid)
        self._name(ports, down=port)
        subprocess.run([*command(self.folder), "-s", "reload"], check=True)
        deadline = time.monotonic() + 10
        while not workers(self._process.pid) - before:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        self.session.close()
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.folder)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def command(folder: Path, directives: str = "") -> list[str]:
    binary = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if not binary:
        pytest.skip("nginx is not installed")
    own = f"pid {folder}/pid; error_log {folder}/log; {directives}"
    return [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", own]


def workers(master: int) -> set[int]:
    children = Path(f"/proc/{master}/task/{master}/children")
    return {int(pid) for pid in children.read_text().split()}
