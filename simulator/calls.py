"""What the simulator was asked, for tests to look at."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.http import Request

Route = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`hung_up` is set when the peer left before its answer was all sent, else `answered`."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    connection: int
    hung_up: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, request: Request) -> Call:
        return cls(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            request.connection,
        )

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def route(self) -> Route:
        return self.method, self.path


class Calls:
    """The last calls, oldest first. Shared by all connections."""

    def __init__(self, most: int) -> None:
        self._calls = deque[Call](maxlen=most)
        self._changed = threading.Condition()

    def add(self, call: Call) -> None:
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def all(self) -> list[Call]:
        with self._changed:
            return list(self._calls)

    def wait(self, number: int, timeout: float, wanted: Callable[[Call], bool]) -> list[Call]:
        deadline = time.monotonic() + timeout
        with self._changed:
            while len(calls := [call for call in self._calls if wanted(call)]) < number:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{len(calls)} calls came, not {number}")
            return calls
