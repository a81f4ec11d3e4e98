"""An endpoint whose next answers a test has written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from simulator.http import Request
from simulator.replies import Reply, Script
from simulator.turn import Turn

Handler = Callable[[Request], Reply]


class Scripted:
    """Answers as usual once its scripts are used up; `turn` is for those that read the call."""

    def __init__(self, usual: Handler, turn: Callable[[Request], Turn] | None = None) -> None:
        self._usual = usual
        self._turn = turn
        self._scripts = deque[Script]()

    def extend(self, scripts: Iterable[Script]) -> None:
        self._scripts.extend(scripts)

    def __call__(self, request: Request) -> Reply:
        try:
            script = self._scripts.popleft()
        except IndexError:
            return self._usual(request)
        if isinstance(script, Reply):
            return script
        if self._turn is None:
            raise TypeError("this endpoint's scripts cannot depend on the call")
        return script(self._turn(request))
