"""A model for filters to ask, and what it tells through them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from utils.domain.chat import (
    Ask,
    Batches,
    Chat,
    Event,
    Finish,
    Message,
    ReasoningDelta,
    TextDelta,
)

HI = Message(role="user", text="hi")


class Model:
    """It answers with these batches, and knows what it was asked and how far it got."""

    def __init__(self, *batches: Sequence[Event]) -> None:
        self.batches = batches
        self.asked: list[Chat] = []
        self.given = 0
        self.closed = 0

    def __call__(self, chat: Chat) -> Batches:
        self.asked.append(chat)
        try:
            for batch in self.batches:
                self.given += 1
                yield batch
        finally:
            self.closed += 1


def speaking(*parts: str, finish: Finish | None = None) -> Model:
    """Each part is a batch of its own."""
    return Model(*[[TextDelta(part)] for part in parts], [finish or Finish()])


def chat(**fields: object) -> Chat:
    usual: dict[str, object] = {"model": "gpt-4o-mini", "messages": (HI,)}
    return Chat(**(usual | fields))  # type: ignore[arg-type]


def answer(ask: Ask, asked: Chat) -> list[Event]:
    return [event for batch in ask(asked) for event in batch]


def text_of(events: Iterable[Event], kind: type[TextDelta | ReasoningDelta] = TextDelta) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))
