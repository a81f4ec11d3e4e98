"""What is counted for whoever watches the relay, under labels of which there are few."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.openmetrics import exposition as openmetrics

from utils.domain.calls import CallRecord
from utils.domain.chat import Usage

OPENMETRICS = "application/openmetrics-text"

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for it


def share(folder: str, worker: int) -> None:
    """From here on this process counts in files, together with others that have numbers of
    their own. One that takes the place of another goes on with what that has counted.
    """
    os.environ[_FOLDER] = folder
    mark_process_dead(worker, folder)  # type: ignore[no-untyped-call]
    values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call]


class Metrics:
    """Those of one app; after `share`, those of all that count in the same folder. Shared by
    all threads.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they double what is told
        self._registry = CollectorRegistry()
        self._folder = os.environ.get(_FOLDER, "")
        self._lock = Lock()
        self._told: dict[str, str] = {}
        self._breakers: set[tuple[str, str]] = set()
        self._lost = 0
        self._requests = self._counter("requests", "Requests", "method", "route", "status")
        self._calls = self._counter(
            "calls", "Calls that asked a model", "route", "model", "backend", "status"
        )
        self._tokens = self._counter("tokens", "Tokens", "kind", "model", "source")
        self._credits = self._counter("credits", "Credits that are known of", "model")
        self._dropped = Counter(
            "relay_ledger_dropped", "Calls that the ledger has lost", registry=self._registry
        )
        self._seconds = self._histogram("call_seconds", "Until a call was over")
        self._first = self._histogram("first_byte_seconds", "Until an answer's first byte")
        self._under_way = self._gauge("calls_in_flight", "Calls under way", "livesum")
        self._queued = self._gauge("ledger_queued", "Calls that are to be kept", "livesum")
        self._states = self._gauge(
            "state", "1 where a part of the relay is in this state", "livemax", "part", "state"
        )
        self._open = self._gauge(
            "breaker_open", "1 where a server is left alone", "livemax", "backend", "model"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Callable[..., Counter]:
        """By its labels. Remembered: the library takes longer to find one than to count."""
        return cache(Counter(f"relay_{name}", text, labels, registry=self._registry).labels)

    def _histogram(self, name: str, text: str) -> Callable[..., Histogram]:
        """As a counter."""
        labels = ("route", "backend")
        of_all = Histogram(
            f"relay_{name}", text, labels, registry=self._registry, buckets=_SECONDS
        )
        return cache(of_all.labels)

    def _gauge(self, name: str, text: str, mode: str, *labels: str) -> Gauge:
        """`mode` is how those of several processes become one."""
        how: Any = mode
        registry = self._registry
        return Gauge(f"relay_{name}", text, labels, registry=registry, multiprocess_mode=how)

    def request(self, method: str, route: str, status: int) -> None:
        """Any request; one more of them costs next to nothing."""
        self._requests(method, route, str(status)).inc()

    def begun(self) -> None:
        self._under_way.inc()

    def add(self, record: CallRecord) -> None:
        """A call that is over. Its model is one that somebody lists, or `other`; none, if no
        model was asked.
        """
        self._under_way.dec()
        model = record.model
        backend = record.answered_by
        status = f"{record.status // 100}xx"
        self._calls(record.endpoint, model, backend, status).inc()
        self._seconds(record.endpoint, backend).observe(record.seconds)
        if record.first_byte is not None:
            self._first(record.endpoint, backend).observe(record.first_byte)
        if record.usage:
            self._add_usage(record.usage, model)

    def _add_usage(self, usage: Usage, model: str) -> None:
        """What is less than nothing, as only a back-end can tell it, would be an error here."""
        told = {"input": usage.input_tokens, "output": usage.output_tokens}
        for kind, tokens in told.items():
            self._tokens(kind, model, usage.source).inc(max(0, tokens))
        self._credits(model).inc(max(0, usage.credits or 0))

    def tell_states(self, states: Mapping[str, str]) -> None:
        """Of the parts of this process, by their names."""
        with self._lock:
            for part, state in states.items():
                before = self._told.get(part, state)
                if before != state:
                    self._states.labels(part, before).set(0)
                self._states.labels(part, state).set(1)
            self._told |= states

    def tell_breakers(self, servers: Mapping[str, Mapping[str, str]]) -> None:
        """Those of this process, by server and model. Servers come and go."""
        failing = {
            (server, model): state == "open"
            for server, models in servers.items()
            for model, state in models.items()
        }
        with self._lock:
            self._breakers |= failing.keys()
            for names in self._breakers:
                self._open.labels(*names).set(failing.get(names, False))

    def tell_ledger(self, queued: int, dropped: int) -> None:
        """`dropped` is since the start."""
        with self._lock:
            self._queued.set(queued)
            self._dropped.inc(dropped - self._lost)
            self._lost = dropped

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All that was counted, in the newer form for whoever reads it; and its media type."""
        registry = self._registry
        if self._folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        if OPENMETRICS in accept:
            text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
            return text, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4
