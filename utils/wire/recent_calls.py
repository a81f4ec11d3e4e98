"""/admin/calls, both directions."""

from __future__ import annotations

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

COLUMNS = (
    *("number", "id", "at", "key", "name", "owner", "endpoint", "dialect", "model", "backend"),
    *("status", "error", "input_tokens", "output_tokens", "total_tokens", "source"),
    *("credits", "credits_approximate", "seconds", "first_byte"),
)


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
    return spreadsheet(COLUMNS, map(_call, found.calls))


def _call(call: NumberedCall) -> dict[str, Any]:
    record = call.record
    usage = record.usage or Usage(0, 0)
    return {
        "number": call.number,
        "id": record.request_id,
        "at": f"{datetime.fromtimestamp(record.at, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "key": record.key_id,
        "name": call.key_name,
        "owner": record.owner[:SHORT],
        "endpoint": record.endpoint,
        "dialect": record.dialect,
        "model": record.model,
        "backend": record.answered_by,
        "status": record.status,
        "error": record.error,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "source": usage.source,
        "credits": usage.credits,
        "credits_approximate": usage.approximate,
        "seconds": record.seconds,
        "first_byte": record.first_byte,
    }


def _statuses(told: str) -> range | None:
    if not told:
        return None
    first = int(told.replace("xx", "00"))
    return range(first, first + (100 if told.endswith("xx") else 1))
