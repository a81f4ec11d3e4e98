"""Failures that come with HTTP 200 (onemin-api.md 2.5): a record, an event, a body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.onemin.meanings import NO_CREDIT, SILENT, is_told
from utils.errors import (
    InvalidRequest,
    ModelNotFound,
    OutOfCredit,
    RelayError,
    UpstreamFailed,
)
from utils.onemin.failures import is_refusal, of_event, of_record

ACCOUNT = {
    "teamId": "team-4711", "userId": "user-0815", "userName": "Ann Example",
    "userAvatar": "https://asset.1min.ai/avatars/ann.png", "status": "ACTIVE", "role": "ADMIN",
    "creditLimit": 4000000, "usedCredit": 123456, "createdBy": "ann@example.com",
}  # fmt: skip


def failed(result: Any, **detail: Any) -> dict[str, Any]:
    return {
        "userId": "user-0815",
        "teamId": "team-4711",
        "teamUser": ACCOUNT,
        "status": "FAILURE",
        "aiRecordDetail": {"promptObject": {}, "resultObject": result, **detail},
    }


@pytest.mark.parametrize(
    ("record", "kind", "told"),
    [
        (failed({"code": "X", "message": "a", "traceId": "SECRET"}), UpstreamFailed, "a"),
        (failed({"code": "X", "message": "a", "details": "b"}), UpstreamFailed, "a: b"),
        (failed({"code": "UNSUPPORTED_MODEL", "message": "a"}), ModelNotFound, "a"),
        (failed({"code": "CREDIT", "message": "Not enough credits"}), OutOfCredit, NO_CREDIT),
        (failed([{"code": "INVALID_REQUEST", "message": "a"}]), InvalidRequest, "a"),
        (
            failed({"code": "INVALID_REQUEST", "message": "my credits"}),
            InvalidRequest,
            "my credits",
        ),
        (
            failed({"code": "X", "message": "What is 'credits'?"}),
            UpstreamFailed,
            "What is 'credits'?",
        ),
        (failed("a"), UpstreamFailed, "a"),
        (failed(["a"]), UpstreamFailed, "a"),
        (failed(None, errorMessage="a"), UpstreamFailed, "a"),
        (failed([], errorMessage="a"), UpstreamFailed, "a"),
        (failed({}, errorMessage="a"), UpstreamFailed, "a"),
        (failed("", errorMessage="a"), UpstreamFailed, "a"),
        (failed([]), UpstreamFailed, SILENT.format(200)),
        (failed({}), UpstreamFailed, SILENT.format(200)),
        ({"status": "FAILURE"}, UpstreamFailed, SILENT.format(200)),
        ({"status": "FAILURE", "aiRecordDetail": None}, UpstreamFailed, SILENT.format(200)),
    ],
)
def test_a_failed_record_is_told(
    record: dict[str, Any], kind: type[RelayError], told: str
) -> None:
    is_told(of_record(record), kind, told)


def test_nothing_about_the_account_is_told() -> None:
    said = [f"{name} is {value}" for name, value in ACCOUNT.items()]
    message = of_record(failed({"code": "X", "message": ", ".join(said)})).message
    hidden = [value for value in ACCOUNT.values() if isinstance(value, str)]
    assert [value for value in hidden if value in message] == ["ACTIVE", "ADMIN"]
    assert "userName is ***" in message


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        ('{"error":"a"}', UpstreamFailed, "a"),
        ('{"message":"a"}', UpstreamFailed, "a"),
        ('{"error":{"code":"INVALID_REQUEST","message":"a"}}', InvalidRequest, "a"),
        ('{"errorCode":"UNSUPPORTED_MODEL","message":"a"}', ModelNotFound, "a"),
        ('{"error":"You ran out of credits"}', OutOfCredit, NO_CREDIT),
        ('"a"', UpstreamFailed, "a"),
        ("it fell over", UpstreamFailed, "it fell over"),
        ("[1]", UpstreamFailed, SILENT.format(200)),
        ("", UpstreamFailed, SILENT.format(200)),
    ],
)
def test_an_error_event_is_told(data: str, kind: type[RelayError], told: str) -> None:
    is_told(of_event(data.encode()), kind, told)


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ({"errorCode": "X"}, True),
        ({"error": "x"}, True),
        ({"success": False}, True),
        ({"success": True}, False),
        ({"success": None}, False),
        ({"message": "x"}, False),
        ({}, False),
    ],
)
def test_a_reply_with_an_error_in_it_is_a_refusal(reply: dict[str, Any], refused: bool) -> None:
    assert is_refusal(reply) == refused
