"""Servers as processes of their own: started, metered, always ended."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import Failed

HOST = "127.0.0.1"
START_SECONDS = 120  # the largest gateway imports for half a minute on a busy machine
STOP_SECONDS = 5
LOG_TAIL = 2000  # characters of a server's log that a failure shows


@dataclass(frozen=True, slots=True)
class Command:
    """`ready` is the path that answers 200 once the server can be measured; one that does not
    speak HTTP has none, and only has to accept connections.
    """

    name: str
    words: Sequence[str]
    environ: Mapping[str, str]
    port: int
    ready: str


@contextmanager
def running(command: Command, folder: Path) -> Iterator[int]:
    """The pid of a server that is ready. Its working directory and its log are in `folder`."""
    log = folder / f"{command.name}-{command.port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command.words,
            cwd=folder,
            env=dict(command.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us; we end it in order
        )
    try:
        _wait_until_ready(process, command)
        yield process.pid
    except Failed as error:
        error.add_note(f"{command.name} said last:\n{log.read_text()[-LOG_TAIL:]}")
        raise
    finally:
        _end(process)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as place:
        return int(place.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], command: Command) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"{command.name} ended with {process.returncode}")
        if _answers(command):
            return
        time.sleep(0.05)
    raise Failed(f"{command.name} was not ready after {START_SECONDS} s")


def _answers(command: Command) -> bool:
    if not command.ready:
        return _accepts(command.port)
    connection = http.client.HTTPConnection(HOST, command.port, timeout=START_SECONDS)
    try:
        connection.request("GET", command.ready)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=START_SECONDS).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all it started: a gateway's launcher leaves its server behind."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
