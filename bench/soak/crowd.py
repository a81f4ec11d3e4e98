"""Everybody who visits, on one thread: they come when they are due, whatever was answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.answers import Answer
from bench.errors import Failed
from bench.load import Address, Exchange
from bench.soak.lines import Lines
from bench.soak.mix import Kind
from bench.soak.requests import Request, Visit, Wrong

PATIENCE = 60.0  # seconds for one answer
MOST = 800  # visits at once: a relay that has more of them open does not keep up
SHOWN = 20  # wrong answers


@dataclass(slots=True)
class Tally:
    """What came of the visits. A status is 0 where nobody waited for one."""

    visits: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # kind, status
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)  # kind, why
    shown: list[str] = field(default_factory=list)

    def blame(self, kind: Kind, error: Exception) -> None:
        why = str(error) if isinstance(error, Wrong) else f"{type(error).__name__}: {error}"
        self.wrong[kind.name, why[:100]] += 1
        if len(self.shown) < SHOWN:
            told = error.shown if isinstance(error, Wrong) else ""
            self.shown.append(f"{kind.name}: {why} {told}".strip())


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: Kind
    visit: Visit
    request: Request


class Crowd:
    def __init__(self, lines: Lines) -> None:
        self.tally = Tally()
        self._lines = lines
        self._asked: dict[Exchange, _Asked] = {}

    @property
    def under_way(self) -> int:
        return len(self._asked)

    def come(self, visits: Iterable[tuple[Kind, Visit]], rate: float, seconds: float) -> None:
        """`rate` of them each second, by the clock alone."""
        begun = time.monotonic()
        for index, (kind, visit) in enumerate(visits):
            due = begun + index / rate
            if due >= begun + seconds:
                break
            while time.monotonic() < due:
                self._turn(due)
            if self.under_way >= MOST:
                raise Failed(f"the relay does not keep up: {MOST} visits are under way")
            self._go_on(kind, visit, None)

    def queue(self, visits: Iterable[tuple[Kind, Visit]], at_once: int, seconds: float) -> None:
        """As many as the relay can take with so many under way."""
        end = time.monotonic() + seconds
        for kind, visit in visits:
            while self.under_way >= at_once:
                self._turn(end)
            if time.monotonic() > end:
                break
            self._go_on(kind, visit, None)

    def see_out(self) -> None:
        """Let all who are there have their answers."""
        while self._asked:
            self._turn(time.monotonic() + PATIENCE)

    def _turn(self, until: float) -> None:
        for exchange in self._lines.turn(until):
            asked = self._asked.pop(exchange)
            answer = Answer(exchange)
            self.tally.answers[asked.kind.name, answer.status] += 1
            if exchange.complete or asked.request.leave_after is not None:
                self._go_on(asked.kind, asked.visit, answer)
            else:
                asked.visit.close()
                late = time.monotonic() - exchange.sent >= PATIENCE
                why = f"takes more than {PATIENCE:g} s" if late else "is broken off"
                self._end(asked.kind, Wrong(why, answer))

    def _go_on(self, kind: Kind, visit: Visit, answer: Answer | None) -> None:
        """A visit's next request, if what was answered to the last one is right."""
        try:
            request = next(visit) if answer is None else visit.send(answer)
            patience = PATIENCE if request.leave_after is None else request.leave_after
            exchange = self._lines.ask(request.data, patience)
        except StopIteration:
            self._end(kind)
        except (Wrong, OSError, ValueError, LookupError, TypeError) as error:
            self._end(kind, error)
        else:
            self._asked[exchange] = _Asked(kind, visit, request)

    def _end(self, kind: Kind, error: Exception | None = None) -> None:
        self.tally.visits += 1
        if error:
            self.tally.blame(kind, error)


@contextmanager
def crowd(address: Address) -> Iterator[Crowd]:
    """Leaving the block closes every connection, answered or not."""
    lines = Lines(address)
    try:
        yield Crowd(lines)
    finally:
        lines.close()
