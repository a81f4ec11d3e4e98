"""Whether four relays count as one."""

from __future__ import annotations

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from bench.answers import Answer
from bench.dialects import Ask, OpenAI
from bench.errors import Failed
from bench.load import Load
from bench.scaling.setups import ADMIN_TOKEN, Setup

LIMIT, ASKED, AT_ONCE = 200, 600, 64
PLACES, CALLERS = 10, 100
PATIENCE = 20  # seconds for the ledger to be written


def consistency(setup: Setup) -> dict[str, str]:
    """What is found, beside what has to be."""
    return {
        f"let through, of {ASKED} requests of a key with {LIMIT} a minute": _of(
            _passed(setup, {"requests": LIMIT}, [Ask(n) for n in range(ASKED)], AT_ONCE), LIMIT
        ),
        f"let through, of {CALLERS} streams at once of a key with {PLACES} places": _of(
            _passed(setup, {"concurrency": PLACES}, _streams(), CALLERS), PLACES
        ),
        "rows in the ledger for 1,000 calls that were answered": _of(_written(setup), 1000),
    }


def _of(found: int, due: int) -> str:
    return f"{found:,}" if found == due else f"{found:,}, NOT {due:,}"


def _streams() -> list[Ask]:
    return [Ask(number, events=100, pace=20, stream=True) for number in range(CALLERS)]


def _passed(setup: Setup, limits: dict[str, int], asks: list[Ask], at_once: int) -> int:
    counted = Counter(answer.status for answer in _answers(setup, limits, asks, at_once))
    if counted[200] + counted[429] != len(asks):
        raise Failed(f"{setup.name} answered neither with 200 nor with 429: {counted}")
    return counted[200]


def _answers(
    setup: Setup, limits: dict[str, int], asks: list[Ask], at_once: int
) -> list[Answer]:
    """To a new key of the relay's."""
    if (left := 60 - time.time() % 60) < 20:  # in two minutes, more may pass
        time.sleep(left)
    line = f"Authorization: Bearer {_made(setup, limits)}\r\n".encode()
    requests = []
    for ask in asks:
        before, _, rest = OpenAI().request(ask).partition(b"Authorization: ")
        requests.append(before + line + rest.partition(b"\r\n")[2])
    with Load(setup.target.address) as load:
        return [*map(Answer, load.keep_asking(requests, at_once))]


def _made(setup: Setup, limits: dict[str, int]) -> str:
    body: dict[str, Any] = {"name": "the benchmark's", "requests": 10**8, "tokens": 10**9}
    made = urllib.request.Request(
        f"{setup.target.url}/admin/keys",
        json.dumps(body | limits).encode(),
        {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(made) as reply:
        return str(json.load(reply)["secret"])


def _written(setup: Setup) -> int:
    before = _settled(setup, lambda count, last: count == last)
    answers = _answers(setup, {}, [Ask(number) for number in range(1000)], AT_ONCE)
    if {answer.status for answer in answers} != {200}:
        raise Failed(f"{setup.name} did not answer all calls")
    return _settled(setup, lambda count, _: count >= before + 1000) - before


def _settled(setup: Setup, is_so: Callable[[int, int], bool]) -> int:
    """The rows of the ledger once they are so, or PATIENCE has passed."""
    deadline, last = time.monotonic() + PATIENCE, -1
    while True:
        count = _rows(setup)
        if is_so(count, last) or time.monotonic() > deadline:
            return count
        last = count
        time.sleep(1)


def _rows(setup: Setup) -> int:
    with psycopg.connect(setup.database) as connection:
        found = connection.execute("SELECT count(*) FROM calls").fetchone()
    return int(found[0]) if found else 0
