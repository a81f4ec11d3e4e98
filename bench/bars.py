"""What the relay is held to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    limit: float
    least: bool = False  # otherwise it is the most that is good

    def met(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.limit:,g}"


def least(limit: float) -> Bar:
    return Bar(limit, least=True)
