"""What many calls came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Grouping = Literal["hour", "day", "month", "model", "endpoint", "key"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Calls with all of these in common, where they are not empty. `key` is a key's id."""

    model: str = ""
    endpoint: str = ""
    key: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which calls are asked for: those from `start` to before `end`, which are Unix times. At
    most `limit` groups of them are told.
    """

    start: float
    end: float
    by: Grouping
    limit: int
    only: Only = Only()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """`refused` for what their callers did, `limited` with a 429, `left` by their clients, and
    `broken` here or upstream.
    """

    refused: int
    limited: int
    left: int
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """`p50` and `p95` are never less than the truth, and `max` is the truth; None of none."""

    p50: float | None = None
    p95: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How calls went; the seconds of those that succeeded, to their end and to their first
    byte.
    """

    failures: Failures
    seconds: Seconds
    first_byte: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Credits are `approximate` where some were estimated, or nobody knows them; `quality` is
    None where the calls themselves are not kept any more.
    """

    calls: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    credits: float = 0.0
    approximate: bool = False
    quality: Quality | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one hour, day, month, model or endpoint, by its name; or those of one key,
    whose id that is. A key of 1min.ai's has none, so its `owner` tells it from others.
    """

    name: str
    sums: Sums
    owner: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    total: Sums
    groups: Sequence[Group]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC, like 2026-11."""

    name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Forecast:
    """Credits that the running month will have taken, if its rest goes on like the last week;
    `daily` is the mean of that.
    """

    month: Month
    daily: float
    credits: float
