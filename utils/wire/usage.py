"""/v1/usage and /admin/usage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from utils.domain.callers import Grant
from utils.domain.usage import (
    Failures,
    Forecast,
    Group,
    Grouping,
    Month,
    Only,
    Report,
    Seconds,
    Span,
    Sums,
)
from utils.errors import InvalidRequest
from utils.wire.fields import Fields, Number
from utils.wire.spreadsheet import flat, spreadsheet

DAY = 86400
USUAL_DAYS = 30
LATEST = 253_402_300_799  # the year 9999 is the last

_UNKNOWN: Mapping[str, Any] = {
    "failures": {each.name: None for each in fields(Failures)},
    "seconds": asdict(Seconds()),
    "first_byte": asdict(Seconds()),
}

Filter = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Format = Literal["json", "csv", ""]


class _Usage(Fields):
    """`start` and `end` are Unix times, dates like 2026-11-01 or times like
    2026-11-01T12:00:00Z, in UTC unless they say otherwise; `end` is the first moment that is
    not asked for.
    """

    start: str = ""
    end: str = ""
    group_by: Grouping = "day"
    limit: Annotated[Number, Field(ge=1, le=1000)] = 100
    model: Filter = ""
    endpoint: Filter = ""

    def _span(self, now: float, only: Only) -> Span:
        """Without `start`, the last 30 days. Raises InvalidRequest."""
        if self.group_by == "month":
            self._check_months()
        end = _moment("end", self.end) if self.end else now
        start = _moment("start", self.start) if self.start else end - USUAL_DAYS * DAY
        if start >= end:
            raise InvalidRequest("start: must be before end", param="start")
        return Span(start=max(start, 0), end=end, by=self.group_by, limit=self.limit, only=only)

    def _check_months(self) -> None:
        """What a month came to outlives its calls, and is told by caller alone."""
        for name in ("model", "endpoint"):
            if getattr(self, name):
                message = f"{name}: months cannot be told by it; group_by day can"
                raise InvalidRequest(message, param=name)


class AllUsage(_Usage):
    key: Filter = ""
    format: Format = ""

    def to_span(self, now: float) -> Span:
        only = Only(model=self.model, endpoint=self.endpoint, key=self.key)
        return self._span(now, only)


class OwnUsage(_Usage):
    group_by: Literal["hour", "day", "month", "model", "endpoint"] = "day"

    def to_span(self, now: float, owner: str) -> Span:
        return self._span(now, Only(model=self.model, endpoint=self.endpoint, owner=owner))


def encode(span: Span, report: Report) -> dict[str, Any]:
    return {
        "object": "usage",
        "start": _shown(span.start),
        "end": _shown(span.end),
        "group_by": span.by,
        "total": _told(report.total),
        "data": [encode_group(span, group) for group in report.groups],
        "has_more": report.has_more,
    }


def encode_csv(span: Span, report: Report) -> str:
    """The groups, without the total."""
    columns = flat(encode_group(span, Group("", report.total)))
    return spreadsheet([*columns], (encode_group(span, group) for group in report.groups))


def encode_group(span: Span, group: Group) -> dict[str, Any]:
    """A key is told with what it is called, and with the name of whoever holds it."""
    named: dict[str, Any] = {span.by: group.name}
    if span.by == "key":
        named |= {"name": group.label, "owner": group.owner}
    return named | _told(group.sums)


def encode_month(month: Month, grant: Grant) -> dict[str, Any]:
    budgets = {"tokens": grant.monthly_tokens, "credits": grant.monthly_credits}
    return {"month": month.name, **_sums(month.sums), "budget": budgets}


def encode_forecast(forecast: Forecast) -> dict[str, Any]:
    return {
        "month": forecast.month.name,
        "credits": forecast.month.sums.credits,
        "credits_a_day": forecast.daily,
        "credits_of_the_month": forecast.credits,
    }


def _told(sums: Sums) -> dict[str, Any]:
    told = asdict(sums.quality) if sums.quality else _UNKNOWN
    latency = {name: told[name] for name in ("seconds", "first_byte")}
    return _sums(sums) | {"failures": told["failures"], "latency": latency}


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "calls": sums.calls,
        "failed_calls": sums.failed,
        "input_tokens": sums.input_tokens,
        "output_tokens": sums.output_tokens,
        "total_tokens": sums.tokens,
        "credits": sums.credits,
        "credits_approximate": sums.approximate,
    }


def _moment(name: str, told: str) -> float:
    try:
        moment = int(told) if told.isdecimal() else _of_date(told)
    except (ValueError, OverflowError):
        moment = -1
    if not 0 <= moment <= LATEST:
        message = f"{name}: must be a Unix time, or like 2026-11-01 or 2026-11-01T12:00:00Z"
        raise InvalidRequest(message, param=name)
    return moment


def _of_date(told: str) -> float:
    moment = datetime.fromisoformat(told)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _shown(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
