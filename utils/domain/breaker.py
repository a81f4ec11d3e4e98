"""When a model that fails is left alone for a while."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Literal, TypeVar

from utils.errors import (
    RelayError,
    Unavailable,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamUnreachable,
)

T = TypeVar("T")

FAILURES = 5  # in a row, after which nobody is let through
PAUSE = 10  # seconds until somebody is, to see whether it works again
LEFT_ALONE = "backend_unavailable"  # the code of what is told then
KNOWN = 4096  # breakers of one server that are remembered, those that were used last
FAULTS = (UpstreamFailed, UpstreamTimeout, UpstreamUnreachable)  # the server's; no refusal is

State = Literal["closed", "open", "half-open"]


class Breakers:
    """Of one server: a breaker for each model and each of those who ask it. Who makes a model
    fail, by what is asked of it, takes it from nobody else. Shared by all threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str], Breaker] = OrderedDict()

    @contextmanager
    def trial(self, model: str, owner: str) -> Iterator[Trial]:
        """A call to it. Raises Unavailable while it is left alone."""
        trial = self._of(model, owner).admitted()
        try:
            yield trial
        finally:
            trial.end()

    def state(self, models: Iterable[str]) -> Mapping[str, State]:
        """Open is a model that fails for all who ask it; half-open one that does for some, or
        did and was not asked since.
        """
        with self._lock:
            known = [(model, breaker) for (model, _), breaker in self._known.items()]
        states: dict[str, set[State]] = {model: set() for model in models}
        for model, breaker in known:
            states.setdefault(model, set()).add(breaker.state())
        return {model: _together(seen) for model, seen in states.items()}

    def _of(self, model: str, owner: str) -> Breaker:
        with self._lock:
            breaker = self._known.setdefault((model, owner), Breaker(self._clock))
            self._known.move_to_end((model, owner))
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
            return breaker


def _together(seen: Collection[State]) -> State:
    """It works for whoever it works for; whom it failed once may never come back."""
    if "closed" in seen:
        return "half-open" if "open" in seen else "closed"
    return "open" if "open" in seen else next(iter(seen), "closed")


class Breaker:
    """Of one model for one caller. Only what is known is under the lock, never a call.

    Shared by all threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0  # since a call went well
        self._until = 0.0  # when open
        self._probe: Trial | None = None  # the one call that is let through after that

    def state(self) -> State:
        with self._lock:
            if self._failures < FAILURES:
                return "closed"
            return "open" if self._clock() < self._until else "half-open"

    def admitted(self) -> Trial:
        """A call, which its caller ends. Raises Unavailable at once where it is open."""
        trial = Trial(self)
        with self._lock:
            if self._failures >= FAILURES:
                wait = self._until - self._clock()
                if wait > 0 or self._probe:
                    raise Unavailable(
                        "This model keeps failing, and is left alone for a while.",
                        code=LEFT_ALONE,
                        retry_after=max(1, math.ceil(wait)),
                    )
                self._probe = trial
        return trial

    def fail(self) -> None:
        with self._lock:
            self._failures += 1
            self._until = self._clock() + PAUSE

    def work(self, trial: Trial, *, whole: bool) -> None:
        """Where it is open, only the probe's word counts. Otherwise only that of a call which
        came to its end: a server may begin to answer and always break off.
        """
        with self._lock:
            if trial is self._probe or (whole and self._failures < FAILURES):
                self._failures = 0

    def leave(self, trial: Trial) -> None:
        with self._lock:
            if trial is self._probe:
                self._probe = None


class Trial:
    """One call to a server that may fail."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    def watched(self, answer: Iterable[T]) -> Iterator[T]:
        """An answer, judged by what becomes of it. Closing this early is no judgement."""
        with self.judging():
            pieces = iter(answer)
            for piece in pieces:
                if piece:
                    self._breaker.work(self, whole=False)
                yield piece
                if piece:
                    break
            yield from pieces
        self._breaker.work(self, whole=True)

    @contextmanager
    def judging(self) -> Iterator[None]:
        try:
            yield
        except RelayError as error:
            self.judge(error)
            raise

    def judge(self, error: RelayError) -> None:
        """What the server refuses, it can answer; and so it can what is of no use."""
        if isinstance(error, FAULTS) and not isinstance(error, UnusableAnswer):
            self._breaker.fail()
        else:
            self._breaker.work(self, whole=True)

    def end(self) -> None:
        """Whether it went well or not, or nobody knows: a probe makes place for the next."""
        self._breaker.leave(self)
