"""A model that says what it is told to, one answer after another."""

from __future__ import annotations

from collections.abc import Sequence

from utils.domain.chat import Batches, Chat, Event, Finish, TextDelta


class Scripted:
    """`asked` is what it was asked. An answer is its text, or its batches of events."""

    def __init__(self, *answers: str | Sequence[Sequence[Event]], size: int = 5) -> None:
        self.asked: list[Chat] = []
        self.closed = 0
        self._answers = iter(answers)
        self._size = size

    def __call__(self, chat: Chat) -> Batches:
        self.asked.append(chat)
        answer = next(self._answers)
        try:
            if isinstance(answer, str):
                for at in range(0, len(answer), self._size):
                    yield [TextDelta(answer[at : at + self._size])]
                yield [Finish()]
            else:
                yield from answer
        finally:
            self.closed += 1


def stopped(text: str) -> list[list[Event]]:
    """An answer that ends because it had become too long."""
    return [[TextDelta(text), Finish("length")]]
