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
DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Target:
    """A running server. `another` starts one more like it but for some settings; `idle` is the
    CPU it uses when nobody asks for anything, in seconds a second.
    """

    name: str
    address: Address
    pid: int
    dialect: Dialect
    another: Callable[[Mapping[str, str]], AbstractContextManager[Target]] | None = None
    idle: float = 0.0

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{host}:{port}"


@contextmanager
def direct(folder: Path) -> Iterator[Target]:
    """The simulator, asked without anything in between."""
    port = free_port()
    command = Command(
        name="simulator",
        words=(sys.executable, "-m", "simulator", "--port", str(port)),
        environ=_environ(PYTHONPATH=str(ROOT)),
        port=port,
        ready="/models?feature=UNIFY_CHAT_WITH_AI",
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
    with running(Command("memcached", words, _environ(), port, ready=""), folder):
        yield port


@contextmanager
def relay(
    folder: Path, upstream: str, python: str, workers: int, settings: Mapping[str, str]
) -> Iterator[Target]:
    """`python app.py` as an operator runs it, with limits on that never refuse."""
    port = free_port()
    usual = {
        "HOST": HOST,
        "PORT": str(port),
        "WORKERS": str(workers),
        "ONE_MIN_BASE_URL": upstream,
        "DATA_DIR": str(folder / f"data-{port}"),
        "RATE_LIMIT_REQUESTS": "100000000",
        "RATE_LIMIT_TOKENS": "100000000000",
        "LOG_LEVEL": "INFO",
    }
    command = Command(
        name="relay",
        words=(python, str(ROOT / "app.py")),
        environ=_environ(**{**usual, **settings}),
        port=port,
        ready="/healthz",
    )
    another = partial(relay, folder, upstream, python, workers)
    with running(command, folder) as pid:
        yield Target("relay", (HOST, port), pid, OpenAI(), another)


def _environ(**settings: str) -> dict[str, str]:
    """Nothing of the operator's own but where programs are; `.env` is not in our folder."""
    return {"PATH": os.environ.get("PATH", os.defpath), **settings}
