"""Events in, events out: what stands between a text-only model and its client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from utils.domain.chat import Batches, Event, Finish, TextDelta, Usage
from utils.errors import UpstreamFailed


def completed(batches: Batches, count: Callable[[str], Usage]) -> Iterator[Sequence[Event]]:
    """Let only a real Finish pass: one with words before it, and with a usage.

    `count` is asked for the usage of a text when upstream reported none.
    """
    text: list[str] = []
    for batch in batches:
        for event in batch:
            if isinstance(event, TextDelta):
                text.append(event.text)
            elif not any(text):
                raise UpstreamFailed("The model answered with an empty text")
        yield [_with_usage(event, text, count) for event in batch]


def _with_usage(event: Event, text: list[str], count: Callable[[str], Usage]) -> Event:
    if isinstance(event, Finish) and event.usage is None:
        return replace(event, usage=count("".join(text)))
    return event
