"""What is measured: the same relay, once, twice and four times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.dialects import OpenAI
from bench.meters import family
from bench.processes import HOST
from bench.scaling.parts import nginx, postgresql
from bench.targets import Target, memcached, relay

ADMIN_TOKEN = "admin-token-of-this-benchmark"
OWN_KEY = "a-key-of-the-relays-own"


@dataclass(frozen=True, slots=True)
class Setup:
    """`target` is what is asked, `serving` the processes that answer, each of them, `beside`
    what else works for a call, by name.
    """

    name: str
    target: Target
    serving: tuple[int, ...]
    beside: Mapping[str, int] = field(default_factory=dict)
    database: str = ""


@contextmanager
def setups(folder: Path, upstream: str, python: str) -> Iterator[list[Setup]]:
    folder.chmod(0o755)  # PostgreSQL's and nginx's processes are somebody else's
    with ExitStack() as stack:
        place = stack.enter_context(memcached(folder))
        shared = {
            "MEMCACHED_HOST": HOST,
            "MEMCACHED_PORT": str(place),
            "ADMIN_TOKEN": ADMIN_TOKEN,
            "ONE_MIN_API_KEYS": OWN_KEY,
        }
        one = stack.enter_context(relay(folder, upstream, python, 1, {}))
        two = stack.enter_context(relay(folder, upstream, python, 2, shared))
        yield [
            Setup("one process", one, (one.pid,)),
            Setup("WORKERS=2", two, tuple(family(two.pid)[1:])),
            stack.enter_context(_four(folder, upstream, python, shared)),
        ]


@contextmanager
def _four(
    folder: Path, upstream: str, python: str, shared: Mapping[str, str]
) -> Iterator[Setup]:
    with ExitStack() as stack:
        url, database = stack.enter_context(postgresql(folder))
        settings = {
            **shared,
            "DATABASE_URL": url,
            "DATA_DIR": str(folder / "shared"),
            "TRUSTED_PROXIES": "1",
        }
        relays = [
            stack.enter_context(relay(folder, upstream, python, 1, settings)) for _ in range(4)
        ]
        ports = [one.address[1] for one in relays]
        port, front = stack.enter_context(nginx(folder, ports))
        target = Target("relay", (HOST, port), front, OpenAI())
        pids = tuple(one.pid for one in relays)
        beside = {"nginx": front, "PostgreSQL": database}
        yield Setup("four behind nginx", target, pids, beside, url)
