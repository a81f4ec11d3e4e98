"""Calls to be written down, and what is found of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from utils.domain.calls import CallRecord
from utils.domain.chat import Usage
from utils.store.database import Database

NOVEMBER = 1_794_700_800.0  # 2026-11-15, 00:00 UTC
CALL = CallRecord(
    request_id="req_1",
    owner="somebody",
    key_id="",
    endpoint="/v1/chat/completions",
    dialect="openai",
    model="gpt-4o-mini",
    backend="",
    usage=Usage(10, 5, "upstream", 4.5),
    status=200,
    error="",
    at=NOVEMBER,
    seconds=1.5,
    first_byte=0.5,
)


def call(owner: str, **changes: Any) -> CallRecord:
    return replace(CALL, owner=owner, **changes)


def rows(database: Database, owner: str, table: str = "calls") -> list[dict[str, Any]]:
    order = "at" if table == "calls" else "1"
    asked = text(f"SELECT * FROM {table} WHERE owner = :owner ORDER BY {order}")
    with database.read() as connection:
        return [dict(row) for row in connection.execute(asked, {"owner": owner}).mappings()]
