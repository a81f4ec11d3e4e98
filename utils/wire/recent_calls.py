"""/admin/calls, both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from utils.domain.chat import Usage
from utils.domain.owner import SHORT
from utils.domain.recent_calls import NumberedCall, RecentCalls, Wanted
from utils.domain.usage import Only
from utils.errors import InvalidRequest
from utils.wire.fields import Fields, Number
from utils.wire.spreadsheet import spreadsheet
from utils.wire.usage import Filter, Format

Cursor = Annotated[Number, Field(ge=0, le=2**53)]
Status = Annotated[str, Field(pattern=r"^([1-5](xx|[0-9][0-9]))?$")]


class Listing(Fields):
    """`status` is a code, or a class of codes like 4xx."""

    limit: Annotated[Number, Field(ge=1, le=1000)] = 100
    after: Cursor | None = None
    before: Annotated[Number, Field(ge=1, le=2**53)] | None = None
    model: Filter = ""
    endpoint: Filter = ""
    key: Filter = ""
    status: Status = ""
    format: Format = ""

    def to_wanted(self) -> Wanted:
        """Raises InvalidRequest."""
        if self.after is not None and self.before is not None:
            raise InvalidRequest("before: must not be told together with after", param="before")
        return Wanted(
            limit=self.limit,
            after=self.after,
            before=self.before,
            only=Only(model=self.model, endpoint=self.endpoint, key=self.key),
            statuses=_statuses(self.status),
        )


def encode(found: RecentCalls) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [_call(call) for call in found.calls],
        "after": found.after,
        "before": found.before,
        "has_more": found.has_more,
    }


def encode_csv(found: RecentCalls) -> str:
    return spreadsheet([*_COLUMNS], map(_call, found.calls))


def _call(call: NumberedCall) -> dict[str, Any]:
    return {name: told(call) for name, told in _COLUMNS.items()}


def _usage(call: NumberedCall) -> Usage:
    return call.record.usage or Usage(0, 0)


def _shown(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _statuses(told: str) -> range | None:
    if not told:
        return None
    first = int(told.replace("xx", "00"))
    return range(first, first + (100 if told.endswith("xx") else 1))


_COLUMNS: Mapping[str, Callable[[NumberedCall], Any]] = {
    "number": lambda call: call.number,
    "id": lambda call: call.record.request_id,
    "at": lambda call: _shown(call.record.at),
    "key": lambda call: call.record.key_id,
    "name": lambda call: call.key_name,
    "owner": lambda call: call.record.owner[:SHORT],
    "endpoint": lambda call: call.record.endpoint,
    "dialect": lambda call: call.record.dialect,
    "model": lambda call: call.record.model,
    "backend": lambda call: call.record.answered_by,
    "status": lambda call: call.record.status,
    "error": lambda call: call.record.error,
    "input_tokens": lambda call: _usage(call).input_tokens,
    "output_tokens": lambda call: _usage(call).output_tokens,
    "total_tokens": lambda call: _usage(call).input_tokens + _usage(call).output_tokens,
    "source": lambda call: _usage(call).source,
    "credits": lambda call: _usage(call).credits,
    "credits_approximate": lambda call: _usage(call).approximate,
    "seconds": lambda call: call.record.seconds,
    "first_byte": lambda call: call.record.first_byte,
}
