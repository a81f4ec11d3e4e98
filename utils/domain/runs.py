"""An answer's deltas, gathered into runs of one kind: for dialects that speak in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Choice,
    Citation,
    Failed,
    Finish,
    Heartbeat,
    Note,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)
from utils.domain.media import Sound

Kind = Literal["text", "reasoning", "refusal", "call"]


@dataclass(frozen=True, slots=True)
class Run:
    """Deltas of one kind with no other between them, or one tool call, whose text is JSON.

    `index` counts the runs of an answer.
    """

    index: int
    kind: Kind
    text: str = ""
    call: CallBegun | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    run: Run


@dataclass(frozen=True, slots=True)
class Added:
    """`run` is the one that was opened, still without a text."""

    run: Run
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """`run` has all its text now. `citations` are those of the whole answer, told with the last
    run, for they come last.
    """

    run: Run
    citations: tuple[Citation, ...] = ()


Beside = Sound | Note | Choice | Finish | Heartbeat | Failed  # what belongs to no run
RunEvent = Opened | Added | Closed | Beside
Event = TextDelta | ReasoningDelta | RefusalDelta | CallBegun | ArgumentsDelta | Beside

_KINDS: dict[type[Event], Kind] = {
    TextDelta: "text",
    ReasoningDelta: "reasoning",
    RefusalDelta: "refusal",
    CallBegun: "call",
    ArgumentsDelta: "call",
}


def runs(batches: Iterable[Sequence[Event]]) -> Iterator[Sequence[RunEvent]]:
    """One batch for each. Every run is closed before Finish; before Failed none is, for what
    was cut off is not whole.
    """
    gathering = _Gathering()
    for batch in batches:
        yield [told for event in batch for told in gathering.told(event)]


class _Gathering:
    """Which run is open, and what it holds."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._texts: list[str] = []
        self._count = 0

    def told(self, event: Event) -> Iterator[RunEvent]:
        match event:
            case CallBegun():
                yield from self._closed()
                yield self._opened("call", event)
            case TextDelta() | ReasoningDelta() | RefusalDelta() | ArgumentsDelta():
                kind = _KINDS[type(event)]
                if self._run is None or self._run.kind != kind:
                    yield from self._closed()
                    yield self._opened(kind)
                assert self._run is not None
                self._texts.append(event.text)
                yield Added(self._run, event.text)
            case Finish():
                yield from self._closed(event.citations)
                yield event
            case _:
                yield event

    def _opened(self, kind: Kind, call: CallBegun | None = None) -> Opened:
        self._run = Run(self._count, kind, call=call)
        self._count += 1
        return Opened(self._run)

    def _closed(self, citations: tuple[Citation, ...] = ()) -> Iterator[Closed]:
        if self._run:
            yield Closed(replace(self._run, text="".join(self._texts)), citations)
        self._run = None
        self._texts.clear()
