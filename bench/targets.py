"""The servers that are measured: how each is started, and how it is spoken to."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.dialects import Dialect, OneMin, OpenAI
from bench.errors import Failed
from bench.load import Address
from bench.processes import HOST, Command, free_port, running

ROOT = Path(__file__).parent.parent
RELAY, DIRECT = "relay", "direct"
CATALOG = "/models?feature=UNIFY_CHAT_WITH_AI"
THREADS = 2200  # concurrent calls: more than any case has

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Speed:
    """What a server can do, roughly: how much it is asked goes by this. At first a guess."""

    calls: float = 500  # a second
    burst: float = 1000  # events a second
    event: float = 0.0  # CPU seconds for one that comes alone


@dataclass(frozen=True, slots=True)
class Target:
    """A running server. `another` starts one more like it but for some settings; `idle` is the
    CPU it uses when nobody asks for anything, in seconds a second.
    """

    name: str
    address: Address
    pid: int
    dialect: Dialect
    another: Callable[[Settings], AbstractContextManager[Target]] | None = None
    idle: float = 0.0
    speed: Speed = Speed()

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"


@contextmanager
def direct(folder: Path) -> Iterator[Target]:
    """The upstream of all the others, asked without anything in between."""
    with _upstream(folder, "bench.upstream") as target:
        yield target


@contextmanager
def simulator(folder: Path) -> Iterator[Target]:
    """As `direct`, of one that knows all of 1min.ai, and takes its time."""
    with _upstream(folder, "simulator") as target:
        yield target


@contextmanager
def _upstream(folder: Path, module: str) -> Iterator[Target]:
    port = free_port()
    command = Command(
        name="upstream",
        words=(sys.executable, "-m", module, "--port", str(port)),
        environ=environ(PYTHONPATH=str(ROOT)),
        port=port,
        ready=CATALOG,
    )
    with running(command, folder) as pid:
        yield Target(DIRECT, (HOST, port), pid, OneMin())


@contextmanager
def memcached(folder: Path) -> Iterator[int]:
    """Its port."""
    program = shutil.which("memcached")
    if not program:
        raise Failed("memcached is not installed")
    port = free_port()
    words = (program, "-l", HOST, "-p", str(port), "-m", "64", "-u", "nobody")
    with running(Command("memcached", words, environ(), port, ready=""), folder):
        yield port


@contextmanager
def relay(
    folder: Path, upstream: str, python: str, workers: int, settings: Settings
) -> Iterator[Target]:
    """`python app.py` as an operator runs it, with limits on that never refuse."""
    command = relay_command(folder, upstream, python, workers, settings)
    another = partial(relay, folder, upstream, python, workers)
    with running(command, folder) as pid:
        yield Target(RELAY, (HOST, command.port), pid, OpenAI(), another)


def relay_command(
    folder: Path, upstream: str, python: str, workers: int, settings: Settings
) -> Command:
    port = free_port()
    usual = {
        "HOST": HOST,
        "PORT": str(port),
        "WORKERS": str(workers),
        "THREADS": str(THREADS),
        "ONE_MIN_BASE_URL": upstream,
        "DATA_DIR": str(folder / f"data-{port}"),
        "RATE_LIMIT_REQUESTS": "100000000",
        "RATE_LIMIT_TOKENS": "100000000000",
        "LOG_LEVEL": "INFO",
    }
    return Command(
        name=RELAY,
        words=(python, str(ROOT / "app.py")),
        environ=environ(**{**usual, **settings}),
        port=port,
        ready="/healthz",
    )


def environ(**settings: str) -> dict[str, str]:
    """Nothing of the operator's own but where programs are; `.env` is not in our folder."""
    return {"PATH": os.environ.get("PATH", os.defpath), **settings}
