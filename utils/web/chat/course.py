"""How far the answer to a chat has come, over all the models that are asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import reduce
from operator import add

from utils.domain.chat import Batches, Chat, Event, Finish, Usage
from utils.domain.restart import Shown
from utils.errors import (
    ContextTooLong,
    InvalidRequest,
    LimitReached,
    ModelNotFound,
    RateLimited,
    RelayError,
    Unavailable,
    UnusableAnswer,
    UpstreamFailed,
    UpstreamTimeout,
)

# Another model may do better. What the request or the account is to blame for, none can mend.
MENDABLE = (
    ContextTooLong,
    ModelNotFound,
    RateLimited,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
)


class Course:
    """`failure` is what its client is told unless one of the models gives it."""

    def __init__(self, asked: Chat, failure: RelayError | None, *, restart: bool) -> None:
        self.failure = failure
        self.spent: list[Usage] = []
        self.next = self._asked = asked
        self._begun = self._broke_off = False
        # Half an object is nothing to go on with.
        restarts = restart and asked.stream and not (asked.structure or asked.audio)
        self._shown = Shown() if restarts else None

    def heard(self, answer: Batches, chat: Chat) -> Batches:
        """One model's, to what it was asked; with what the others cost in its Finish."""
        try:
            with closing(self._shown.by(answer) if self._shown else answer) as batches:
                for batch in batches:
                    self._begun = self._begun or bool(batch)
                    yield self._with_spent(batch) if self.spent else batch
        except RelayError as error:
            cost = self._shown.cost(chat) if self._shown else None
            if cost and not error.spent:
                self.spent.append(cost)
            raise

    def go_on(self, error: RelayError, *, instead: bool) -> None:
        """Raises where nobody else can mend it. What only a model complains of that stands in,
        its client is not told: nor anything else, once a text has broken off.
        """
        self.spent += error.spent
        unfit = instead and isinstance(error, InvalidRequest | ModelNotFound)
        if self.failure is None or not (unfit or self._broke_off):
            self.failure = error
        self.failure.spent = self.spent
        final = error.paid or isinstance(error, LimitReached | UnusableAnswer)
        half = self._begun and not (self._shown and self._shown.is_text)
        if final or half or not (unfit or isinstance(error, MENDABLE)):
            raise self.failure
        if self._shown and self._begun:
            self.next, self._broke_off = self._shown.continued(self._asked), True

    def _with_spent(self, batch: Sequence[Event]) -> Sequence[Event]:
        if batch and isinstance(finish := batch[-1], Finish) and finish.usage:
            spent, self.spent = self.spent, []
            return [*batch[:-1], replace(finish, usage=reduce(add, spent, finish.usage))]
        return batch
