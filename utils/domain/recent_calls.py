"""Calls one by one, in the order in which they were booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from utils.domain.calls import CallRecord
from utils.domain.usage import Only


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """At most `limit` calls: the first of those with greater numbers than `after`, if that is
    told, else the last of those with smaller ones than `before`. `statuses` are how they ended.
    """

    limit: int
    only: Only
    after: int | None = None
    before: int | None = None
    statuses: range | None = None


@dataclass(frozen=True, slots=True)
class NumberedCall:
    """No other has its `number`, and those that are booked later have greater ones."""

    number: int
    key_name: str
    record: CallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentCalls:
    """The newest first. What is newer has greater numbers than `after`, what is older has
    smaller ones than `before`; None where nothing is. `has_more` tells of the way asked for.
    """

    calls: Sequence[NumberedCall]
    after: int
    before: int | None
    has_more: bool
