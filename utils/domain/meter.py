"""What an answer costs, whatever it took to make it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

from utils.domain.chat import WORDED, Ask, Batches, CallBegun, Chat, Finish, Usage
from utils.errors import NotFound, RelayError, UpstreamFailed

Count = Callable[[Chat, str], Usage]  # what an answer cost that nobody counted


@dataclass(slots=True)
class _Call:
    chat: Chat
    texts: list[str] = field(default_factory=list)
    usage: Usage | None = None


class Meter:
    """What the calls cost together that one answer took, also those that were broken off."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._calls: list[_Call] = []
        self._beside: list[Usage] = []

    def book(self, usage: Usage) -> None:
        """What something else cost that the answer needed."""
        self._beside.append(usage)

    def metered(self, ask: Ask) -> Ask:
        """Raises UpstreamFailed for an answer that ended by itself without a word."""

        def asked(chat: Chat) -> Batches:
            call = _Call(chat)
            self._calls.append(call)
            try:
                with closing(ask(chat)) as batches:
                    for batch in batches:
                        for event in batch:
                            if isinstance(event, WORDED):
                                call.texts.append(event.text)
                            elif isinstance(event, CallBegun):
                                call.texts.append(event.name)
                            elif isinstance(event, Finish):
                                _end(call, event)
                        yield batch
            except NotFound:
                self._calls.remove(call)  # nobody answers there, nobody bills
                raise

        return asked

    def booked(self, ask: Ask) -> Ask:
        """Around all others: only its Finish tells a usage that counts. An error tells what is
        known to have been spent before it.
        """

        def asked(chat: Chat) -> Batches:
            try:
                with closing(ask(chat)) as batches:
                    for batch in batches:
                        if batch and isinstance(finish := batch[-1], Finish):
                            yield [*batch[:-1], replace(finish, usage=self._usage())]
                        else:
                            yield batch
            except RelayError as error:
                told = [call.usage for call in self._calls if call.usage]
                error.spent = [*told, *self._beside]
                raise

        return asked

    def _usage(self) -> Usage:
        counted = [
            call.usage or self._count(call.chat, "".join(call.texts)) for call in self._calls
        ]
        return reduce(add, [*counted, *self._beside])


def _end(call: _Call, finish: Finish) -> None:
    call.usage = finish.usage
    if finish.reason == "stop" and not any(call.texts):
        raise UpstreamFailed("The model answered with an empty text")
