"""What open streams, and many requests, do to a server's memory."""

from __future__ import annotations

from time import monotonic

from bench.calls import called
from bench.figures import Figures, fresh_asks
from bench.load import Load
from bench.meters import memory
from bench.readings import check_open
from bench.targets import RELAY, Target
from bench.warming import warmed

STREAMS, SLOW_PACE, OPENING_GAP, OPEN_SECONDS = 200, 200, 0.0055, 1.0
REQUESTS, AT_ONCE, SLICE = 100_000, 8, 5.0
PATIENCE, LONGEST = 8.0, 300.0  # seconds: only the relay is asked to the end
STREAM_MEMORY = "RSS a stream, KB"


def of_streams(target: Target) -> Figures:
    """Of a fresh process: one that has carried streams before has kept their memory."""
    assert target.another
    with target.another({}) as fresh:
        return _growth(warmed(fresh))


def _growth(target: Target) -> Figures:
    asks = fresh_asks(STREAMS, events=10_000, pace=SLOW_PACE, stream=True)
    before = memory(target.pid)
    with Load(target.address) as load:
        exchanges = load.open([target.dialect.request(ask) for ask in asks], OPENING_GAP)
        until = monotonic() + LONGEST
        while monotonic() < until and not all(exchange.pieces for exchange in exchanges):
            load.listen_until(monotonic() + OPEN_SECONDS)
        load.listen_until(monotonic() + OPEN_SECONDS)
        after = memory(target.pid)
    for exchange in exchanges:
        check_open(target, exchange)
    return {
        f"{name.upper()} a stream, KB": (after[name] - before[name]) / STREAMS for name in after
    }


def of_requests(target: Target) -> Figures:
    """Of a fresh process that is asked again and again."""
    assert target.another
    with target.another({}) as fresh:
        ready = warmed(fresh)
        before = memory(ready.pid)["Rss"]
        asked = _asked(ready, LONGEST if target.name == RELAY else PATIENCE)
        after = memory(ready.pid)["Rss"]
    return {
        "RSS before, MB": before / 1024,
        "RSS after, MB": after / 1024,
        "requests between": asked,
    }


def _asked(target: Target, patience: float) -> int:
    asked, until = 0, monotonic() + patience
    while asked < REQUESTS and monotonic() < until:
        asked += len(called(target, AT_ONCE, SLICE).answers)
    return asked
