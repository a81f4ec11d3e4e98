"""How much of something a caller may use in a minute."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Literal

MINUTE = 60  # seconds

Kind = Literal["requests", "tokens"]


@dataclass(frozen=True, slots=True)
class Use:
    """`amount` of what `caller` may use in a minute; of 0, it only looks. `caller` is a name
    that is safe to keep.
    """

    kind: Kind
    caller: str
    limit: int
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What was used by the Unix time `at`: in the minute before this one, and in this one. The
    minute before counts for the part of it that is less than a minute ago. `granted` is
    whether the use fitted; one that did not is not in it.
    """

    use: Use
    before: int
    now: int
    at: float
    granted: bool = True

    @property
    def used(self) -> int:
        return floor(self.before * (1 - self._age / MINUTE)) + self.now

    @property
    def remaining(self) -> int:
        return max(0, self.use.limit - self.used)

    @property
    def reset(self) -> float:
        """Seconds until nothing counts any more, if nothing else is used."""
        if self.now:
            return 2 * MINUTE - self._age
        return MINUTE - self._age if self.before else 0

    @property
    def wait(self) -> float:
        """Seconds until the use fits, if nothing else is used. It has to fit at all."""
        room = self.use.limit - self.use.amount + 1  # what is used has to be below it
        if self.now < room:
            return max(0, _aged(self.before, room - self.now) - self._age)
        return MINUTE - self._age + _aged(self.now, room)

    @property
    def _age(self) -> float:
        return self.at % MINUTE


def _aged(before: int, room: int) -> float:
    """Seconds into a minute until the one before counts for less than `room`."""
    return MINUTE * max(0.0, 1 - room / before) if before else 0
