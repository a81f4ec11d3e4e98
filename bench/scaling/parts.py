"""What relays stand on where there are several: nginx as deploy/ has it, and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.errors import Failed
from bench.processes import HOST, Command, free_port, running
from bench.targets import ROOT

DEPLOYED = ROOT / "deploy" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
ENVIRON = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"}
START_SECONDS = 20


@contextmanager
def nginx(folder: Path, relays: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Its port and its process. `relays` are ports."""
    program = _program("nginx", Path("/usr/sbin/nginx"))
    place, port = folder / "nginx", free_port()
    (place / "conf.d").mkdir(parents=True)
    shutil.copy(DEPLOYED, place)
    paths = "".join(f"{name}_temp_path {place}/{name};\n" for name in TEMPORARY)
    (place / "conf.d" / "paths.conf").write_text(paths)
    (place / "listen.conf").write_text(f"listen {HOST}:{port} backlog=4096;\n")
    servers = (f"server {HOST}:{relay} max_fails=1 fail_timeout=5s;\n" for relay in relays)
    (place / "relays.conf").write_text("".join(servers))
    own = f"daemon off; pid {place}/pid; error_log stderr error;"
    words = (program, "-p", str(place), "-c", str(place / "nginx.conf"), "-g", own)
    with running(Command("nginx", words, ENVIRON, port, "/healthz"), folder) as pid:
        yield port, pid


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """The URL of an empty database, and the server's process."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))
    place, port = folder / "postgresql", free_port()
    place.mkdir()
    words: tuple[str, ...] = ()
    if os.geteuid() == 0:  # as which it refuses to run
        shutil.chown(place, "nobody", "nogroup")
        words = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    data = str(place / "data")
    access = ("--username=relay", "--auth=trust", "--encoding=UTF8", "--no-sync")
    making = (*words, _program("initdb", programs / "initdb"), *access, "-D", data)
    subprocess.run(making, check=True, stdout=subprocess.DEVNULL, cwd=place, env=ENVIRON)
    serving = (
        *(*words, _program("postgres", programs / "postgres"), "-D", data, "-p", str(port)),
        *(f"--listen_addresses={HOST}", "--unix_socket_directories="),
    )
    with running(Command("postgresql", serving, ENVIRON, port, ""), folder) as pid:
        _wait(_program("pg_isready", programs / "pg_isready"), port)
        yield f"postgresql://relay@{HOST}:{port}/postgres", pid


def _wait(asking: str, port: int) -> None:
    """It accepts connections before it answers any."""
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run((asking, "-q", "-h", HOST, "-p", str(port)), check=False).returncode:
        if time.monotonic() > deadline:
            raise Failed(f"postgresql was not ready after {START_SECONDS} s")
        time.sleep(0.05)


def _program(name: str, usual: Path) -> str:
    """Debian does not have all of them on everybody's path."""
    found = shutil.which(name) or shutil.which(usual)
    if not found:
        raise Failed(f"{name} is not installed")
    return found
