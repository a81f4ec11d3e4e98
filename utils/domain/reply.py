"""A whole answer, folded from the events that spell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from utils.domain.chat import Choice, Event, Finish, ToolCall, Usage
from utils.domain.media import Sound
from utils.domain.runs import Closed, Kind, Run, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, for clients that do not stream."""

    runs: tuple[Run, ...] = ()
    sound: Sound | None = None
    finish: Finish = field(default_factory=Finish)

    @property
    def text(self) -> str:
        return self._all("text")

    @property
    def reasoning(self) -> str:
        return self._all("reasoning")

    @property
    def refusal(self) -> str:
        return self._all("refusal")

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        calls = [(run.call, run.text) for run in self.runs if run.call]
        return tuple([ToolCall(call.id, call.name, text) for call, text in calls])

    def _all(self, kind: Kind) -> str:
        return "".join([run.text for run in self.runs if run.kind == kind])


def collect(batches: Iterable[Sequence[Event]]) -> list[Reply]:
    """Fold a stream into the answers it spells, one for each choice."""
    choices: dict[int, list[Event]] = {0: []}
    for batch in batches:
        index = 0
        for event in batch:
            if isinstance(event, Choice):
                index = event.index
            else:
                choices.setdefault(index, []).append(event)
    return [_reply(choices[index]) for index in sorted(choices)]


def _reply(events: Sequence[Event]) -> Reply:
    [told] = runs([[*events, Finish()]])
    return Reply(
        runs=tuple(event.run for event in told if isinstance(event, Closed)),
        sound=next((event for event in events if isinstance(event, Sound)), None),
        finish=next((event for event in events if isinstance(event, Finish)), Finish()),
    )


def total_usage(ends: Iterable[Finish]) -> Usage | None:
    """Of several choices: each was paid."""
    usages = [end.usage for end in ends if end.usage]
    return reduce(add, usages) if usages else None
