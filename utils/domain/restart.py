"""A streamed answer that broke off after some words, and another model that goes on with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from utils.domain import context
from utils.domain.chat import (
    WORDED,
    Batches,
    Chat,
    Event,
    Message,
    Note,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from utils.tokens import counts

WISH = (
    "Your answer was cut off there, by a fault of the line. Go on with it exactly where it "
    "stops, beginning with the space or the line break that comes next, if one does. Repeat "
    "nothing of it, and say nothing about this."
)


class Shown:
    """What a client has of an answer so far, whoever said it. Nobody can go on with half a
    call.
    """

    def __init__(self) -> None:
        self.is_text = True
        self._texts: list[str] = []
        self._written: list[str] = []  # by the model that is asked now

    def continued(self, chat: Chat) -> Chat:
        """What the next one is asked: the same, and to go on."""
        if not (text := "".join(self._texts)):
            return chat
        said = Message(role="assistant", text=text), Message(role="user", text=WISH)
        most = chat.max_tokens
        if most is not None:
            most = max(1, most - counts.count(text, chat.model))
        return replace(chat, messages=(*chat.messages, *said), max_tokens=most)

    def by(self, batches: Batches) -> Batches:
        """The part that one model says. If it begins anew all the same, without what is there
        already; until that is known, nothing of it goes out.
        """
        self._written.clear()
        there = "".join(self._texts)
        with closing(batches):
            part = self._noted(batches)
            for batch in _without(there, part) if there else part:
                self._hear(batch)
                yield batch

    def cost(self, chat: Chat) -> Usage | None:
        """Of a part that broke off, estimated; None where nothing was said. `chat` is what was
        asked.
        """
        if not self._written:
            return None
        written = counts.count("".join(self._written), chat.model)
        return Usage(context.counted(chat), written, "estimated")

    def _noted(self, batches: Batches) -> Iterator[Sequence[Event]]:
        for batch in batches:
            self._written += [event.text for event in batch if isinstance(event, WORDED)]
            yield batch

    def _hear(self, batch: Iterable[Event]) -> None:
        for event in batch:
            if isinstance(event, TextDelta):
                self._texts.append(event.text)
            elif not isinstance(event, ReasoningDelta | Note):
                self.is_text = False


def _without(there: str, batches: Iterator[Sequence[Event]]) -> Iterator[Sequence[Event]]:
    held = ""
    for batch in batches:
        out: list[Event] = []
        for place, event in enumerate(batch):
            if isinstance(event, ReasoningDelta | Note):
                out.append(event)
                continue
            is_text = isinstance(event, TextDelta)
            held += event.text if isinstance(event, TextDelta) else ""
            if is_text and there.startswith(held):
                continue
            new = held.removeprefix(there)
            out += [TextDelta(new)] * bool(new)
            yield [*out, *batch[place + is_text :]]
            yield from batches
            return
        yield out
