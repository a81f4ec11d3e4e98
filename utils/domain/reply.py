"""A whole answer, folded from the events that spell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Choice,
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    Usage,
)
from utils.domain.media import Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, for clients that do not stream."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    sound: Sound | None = None
    finish: Finish = field(default_factory=Finish)


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


def _reply(events: Iterable[Event]) -> Reply:
    text, reasoning, refusal, finish = [], [], [], Finish()
    calls: list[tuple[CallBegun, list[str]]] = []
    sound: Sound | None = None
    for event in events:
        match event:
            case TextDelta():
                text.append(event.text)
            case ReasoningDelta():
                reasoning.append(event.text)
            case RefusalDelta():
                refusal.append(event.text)
            case CallBegun():
                calls.append((event, []))
            case ArgumentsDelta():
                calls[-1][1].append(event.text)
            case Sound():
                sound = event
            case Finish():
                finish = event
    return Reply(
        text="".join(text),
        reasoning="".join(reasoning),
        refusal="".join(refusal),
        tool_calls=tuple(
            ToolCall(call.id, call.name, "".join(arguments)) for call, arguments in calls
        ),
        sound=sound,
        finish=finish,
    )


def total_usage(ends: Iterable[Finish]) -> Usage | None:
    """Of several choices: each was paid."""
    usages = [end.usage for end in ends if end.usage]
    return reduce(add, usages) if usages else None
