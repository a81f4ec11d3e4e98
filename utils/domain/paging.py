"""Which part of a list is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """At most `limit` of what follows `after` and precedes `before`, in the order told. With
    `before` alone: those next to it.
    """

    limit: int = 20
    newest_first: bool = True
    after: str = ""
    before: str = ""
