"""What callers were told by a relay that may be killed at any moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kept:
    """A response or a conversation: `texts` are in it, in this order."""

    key: str
    texts: tuple[str, ...]


@dataclass(slots=True)
class Told:
    """Only what an answer said counts: of a call without one nobody can know. Shared by the
    threads of all callers, each of which writes of what is its own.
    """

    files: dict[str, str] = field(default_factory=dict)  # the owner's key, by id
    deleted: dict[str, str] = field(default_factory=dict)  # the same, of those
    responses: dict[str, Kept] = field(default_factory=dict)
    conversations: dict[str, Kept] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)  # responses in the background
    asked: set[str] = field(default_factory=set)  # ids of requests, answered or not
    ended: dict[str, float] = field(default_factory=dict)  # those of calls, and when
    granted: defaultdict[str, Counter[int]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  # by key and minute: what a limit let through
    wrong: dict[str, str] = field(default_factory=dict)  # what was, by id of the request
