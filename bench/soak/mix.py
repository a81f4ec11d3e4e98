"""Which visits come how often, and who makes them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.soak import chats, keeping, refusals
from bench.soak.callers import Caller, Keys
from bench.soak.requests import Visit

ANYBODY: Sequence[Caller] = ("own", "own", "issued")
SEED = 7  # the same kinds in the same order in every run


@dataclass(frozen=True, slots=True)
class Kind:
    """`share` is of about a hundred visits."""

    share: int
    visit: Callable[[int, str], Visit]
    callers: Sequence[Caller] = ANYBODY

    @property
    def name(self) -> str:
        return self.visit.__name__.replace("_", " ")


KINDS = (
    Kind(36, chats.chat),
    Kind(10, chats.burst),
    Kind(8, chats.paced),
    Kind(6, chats.leaving_a_stream),
    Kind(4, chats.leaving_early),
    Kind(6, chats.messages),
    Kind(5, chats.tools),
    Kind(3, chats.structured),
    Kind(4, keeping.responses),
    Kind(3, keeping.files),
    Kind(2, keeping.images),
    Kind(3, keeping.looking),
    Kind(1, keeping.watching, ("operator",)),
    Kind(2, refusals.mistakes, ("own",)),
    Kind(4, refusals.faults, ("own",)),
    Kind(2, refusals.breaks, ("own",)),
    Kind(3, refusals.limited, ("limited",)),
    Kind(1, refusals.stranger, ("own",)),
)


def visits(keys: Keys) -> Iterator[tuple[Kind, Visit]]:
    """Without end, shuffled anew each time that all of them have come."""
    return _dealt(KINDS, keys)


def whole_chats(keys: Keys) -> Iterator[tuple[Kind, Visit]]:
    """Only these, to measure by."""
    return _dealt([Kind(1, chats.chat)], keys)


def _dealt(kinds: Sequence[Kind], keys: Keys) -> Iterator[tuple[Kind, Visit]]:
    dice = random.Random(SEED)
    deck = [kind for kind in kinds for _ in range(kind.share)]
    number = random.randrange(10**8, 10**9)  # no run finds what another cached
    while True:
        dice.shuffle(deck)
        for kind in deck:
            number += 1
            theirs = keys[dice.choice(kind.callers)]
            yield kind, kind.visit(number, dice.choice(theirs))
