"""Every refusal of onemin-api.md 12, in both its forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.onemin.meanings import NO_CREDIT, REFUSED_ACT, REFUSED_KEY, SILENT, TOO_LATE, is_told
from utils.errors import (
    ContextTooLong,
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    Unauthorized,
    UnsupportedFile,
    UpstreamFailed,
    UpstreamTimeout,
)
from utils.onemin.failures import of_response

BUSY = "Our provider is busy at the moment. Please try again later."


def error_of(status: int, body: Any, retry_after: str | None = None) -> RelayError:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return of_response(status, headers, text)


def documented(code: str, message: str, details: Any = None) -> dict[str, Any]:
    """Form A."""
    error = {"code": code, "message": message, "details": details}
    return {"success": False, "error": {k: v for k, v in error.items() if v is not None}}


def observed(code: str, message: str, details: Any = None) -> dict[str, Any]:
    """Form B, whose details are JSON inside a text."""
    body = {"errorCode": code, "message": message}
    return body if details is None else {**body, "details": json.dumps(details)}


FIELDS = [
    {"field": "prompt", "message": "prompt must be a string"},
    {"field": "n", "message": "no"},
]
TOLD = "prompt: prompt must be a string; n: no"


@pytest.mark.parametrize("form", [documented, observed])
@pytest.mark.parametrize(
    ("status", "said", "kind", "told"),
    [
        (400, ("INVALID_REQUEST", "Missing model"), InvalidRequest, "Missing model"),
        (401, ("UNAUTHORIZED", "Invalid key"), Unauthorized, REFUSED_KEY),
        (422, ("PROMPT_OBJECT_VALIDATION_FAILED", "Invalid", FIELDS),
         InvalidRequest, f"Invalid: {TOLD}"),
        (429, ("RATE_LIMITED", "Too many requests"), RateLimited, "Too many requests"),
        (422, ("UNPROCESSABLE_ENTITY", "Cannot"), InvalidRequest, "Cannot"),
        (400, ("UNSUPPORTED_MODEL", "Model x is not supported"),
         ModelNotFound, "Model x is not supported"),
        (400, ("UNSUPPORTED_MODEL", "x is not supported for feature Y", FIELDS),
         ModelNotFound, f"x is not supported for feature Y: {TOLD}"),
        (400, ("REQUEST_BODY_VALIDATION_FAILED", "Bad body", FIELDS[:1]),
         InvalidRequest, "Bad body: prompt: prompt must be a string"),
        (400, ("MISSING_REQUIRED_FIELDS", "Missing", FIELDS),
         InvalidRequest, f"Missing: {TOLD}"),
        (400, ("PROMPT_OBJECT_VALIDATION_FAILED", "Invalid", []), InvalidRequest, "Invalid"),
        (400, ("EXTERNAL_API_RESPONSE_WITH_ERROR", "Provider error",
               {"error": {"message": "size must be one of 512x512", "type": "t"}}),
         InvalidRequest, "Provider error: size must be one of 512x512"),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", BUSY), UpstreamFailed, BUSY),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", "Invalid value: 'x'. Supported values are: 'y'."),
         InvalidRequest, "Invalid value: 'x'. Supported values are: 'y'."),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", BUSY, {"error": {"message": "n must be 1"}}),
         InvalidRequest, f"{BUSY}: n must be 1"),
        (400, ("UNKNOWN_ERROR", "Unsupported feature type: X"),
         InvalidRequest, "Unsupported feature type: X"),
        (400, ("UNSUPPORTED_FILE_TYPE", "No markdown"), UnsupportedFile, "No markdown"),
        (401, ("HTTP_EXCEPTION", "The API key has been deleted"), Unauthorized, REFUSED_KEY),
        (401, ("INVALID_AUTH_TOKEN", "Invalid token"), Unauthorized, REFUSED_KEY),
        (402, ("PAYMENT", "Pay first"), OutOfCredit, NO_CREDIT),
        (403, ("FORBIDDEN", "No"), Forbidden, REFUSED_ACT),
        (404, ("HTTP_EXCEPTION", "Cannot POST /api"), UpstreamFailed, "Cannot POST /api"),
        (413, ("HTTP_EXCEPTION", "Too large"), InvalidRequest, "Too large"),
        (500, ("INTERNAL", "SECRET", FIELDS), UpstreamFailed, SILENT.format(500)),
        (503, ("UNAVAILABLE", "SECRET"), UpstreamFailed, SILENT.format(503)),
        (504, ("TIMEOUT", "SECRET"), UpstreamTimeout, TOO_LATE),
        # Inside HTTP 200:
        (200, ("UNSUPPORTED_MODEL", "Model x is not supported"),
         ModelNotFound, "Model x is not supported"),
        (200, ("INVALID_REQUEST", "Missing model"), InvalidRequest, "Missing model"),
        (200, ("INVALID_AUTH_TOKEN", "Invalid token"), Unauthorized, REFUSED_KEY),
        (200, ("UNKNOWN_ERROR", "Something"), UpstreamFailed, "Something"),
        # By what they say:
        (400, ("X", "Insufficient credits"), OutOfCredit, NO_CREDIT),
        (429, ("RATE_LIMITED", "Your credit is exhausted"), OutOfCredit, NO_CREDIT),
        (403, ("INSUFFICIENT_CREDITS", "No"), OutOfCredit, NO_CREDIT),
        (200, ("X", "Sorry", {"error": {"message": "You are out of credits"}}),
         OutOfCredit, NO_CREDIT),
        (400, ("EXTERNAL_API_RESPONSE_WITH_ERROR", "Provider error",
               {"error": {"message": "maximum context length is 128000 tokens"}}),
         ContextTooLong, "Provider error: maximum context length is 128000 tokens"),
        (400, ("context_length_exceeded", "Too long"), ContextTooLong, "Too long"),
        (500, ("X", "Insufficient credits"), UpstreamFailed, SILENT.format(500)),
        (500, ("X", "maximum context length"), UpstreamFailed, SILENT.format(500)),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", "We are busy"), UpstreamFailed, "We are busy"),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", "Overloaded"), UpstreamFailed, "Overloaded"),
        (400, ("OPEN_AI_UNEXPECTED_ERROR", "Do try again"), UpstreamFailed, "Do try again"),
        (400, ("MISSING_REQUIRED_FIELDS", BUSY), InvalidRequest, BUSY),
    ],
)  # fmt: skip
def test_a_refusal_means_the_same_in_both_forms(
    form: Any, status: int, said: Any, kind: type[RelayError], told: str
) -> None:
    is_told(error_of(status, form(*said)), kind, told)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNSUPPORTED_MODEL", ModelNotFound),
        ("UNAUTHORIZED", Unauthorized),
        ("INVALID_AUTH_TOKEN", Unauthorized),
        ("RATE_LIMITED", RateLimited),
        ("INVALID_REQUEST", InvalidRequest),
        ("UNPROCESSABLE_ENTITY", InvalidRequest),
        ("REQUEST_BODY_VALIDATION_FAILED", InvalidRequest),
        ("PROMPT_OBJECT_VALIDATION_FAILED", InvalidRequest),
        ("MISSING_REQUIRED_FIELDS", InvalidRequest),
        ("EXTERNAL_API_RESPONSE_WITH_ERROR", InvalidRequest),
        ("OPEN_AI_UNEXPECTED_ERROR", InvalidRequest),
    ],
)
def test_a_code_counts_where_the_status_says_nothing(code: str, kind: type[RelayError]) -> None:
    for status in (200, 404, 418):
        assert type(error_of(status, observed(code, "a"))) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest), (401, Unauthorized), (402, OutOfCredit), (403, Forbidden),
        (413, InvalidRequest), (422, InvalidRequest), (429, RateLimited),
        (504, UpstreamTimeout), (404, UpstreamFailed), (418, UpstreamFailed),
        (500, UpstreamFailed), (302, UpstreamFailed),
    ],
)  # fmt: skip
def test_a_status_counts_where_the_code_says_nothing(
    status: int, kind: type[RelayError]
) -> None:
    assert type(error_of(status, observed("UNHEARD_OF", "a"))) is kind


@pytest.mark.parametrize(
    "text",
    [
        "Insufficient credit", "Not enough credits", "You have no credits left.",
        "Credit limit exceeded", "This exceeds your credits", "All credits are used up",
        "INSUFFICIENT_CREDIT", "Your team ran out of credits.",
    ],
)  # fmt: skip
def test_an_empty_account_is_known_by_many_words(text: str) -> None:
    is_told(error_of(400, observed("X", text)), OutOfCredit, NO_CREDIT)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid value: 'no credits left'. Supported values are: 'alloy' and 'echo'.",
        "Invalid value: 'x' no credits left 'y'. Supported values are: 'alloy'.",
        "Invalid value: 'we don't have enough credits'",
        'voice "insufficient_credits" is unknown', "What is “no credits”?",
        "What is \u2018no credits\u2019?", "What is `no credits`?",
    ],
)  # fmt: skip
def test_words_that_are_quoted_are_not_1min_ais(text: str) -> None:
    is_told(error_of(400, observed("X", text)), InvalidRequest, text)


def test_words_that_are_quoted_end_where_the_quotation_does() -> None:
    """Not where what is shown of it is cut off."""
    text = f"Invalid value: 'x' no credits left {'a' * 5000}'"
    assert type(error_of(400, observed("X", text))) is InvalidRequest


def test_an_empty_account_is_known_beside_what_is_quoted() -> None:
    for text in ("You don't have enough credits for 'x'", 'Insufficient credits: "x"'):
        is_told(error_of(400, observed("X", text)), OutOfCredit, NO_CREDIT)


@pytest.mark.parametrize("form", [documented, observed])
@pytest.mark.parametrize(
    "code",
    [
        "REQUEST_BODY_VALIDATION_FAILED",
        "PROMPT_OBJECT_VALIDATION_FAILED",
        "INVALID_REQUEST",
        "UNPROCESSABLE_ENTITY",
        "MISSING_REQUIRED_FIELDS",
        "UNSUPPORTED_MODEL",
        "UNSUPPORTED_FILE_TYPE",
    ],
)
def test_what_is_said_of_a_request_says_nothing_of_the_account(form: Any, code: str) -> None:
    error = error_of(400, form(code, "There is no credits left"))
    assert not isinstance(error, OutOfCredit)
    assert error.message == "There is no credits left"


@pytest.mark.parametrize("text", ["Write a credit note.", "Credits: Ann", "exhausted"])
def test_not_every_mention_of_credit_is_an_empty_account(text: str) -> None:
    is_told(error_of(400, observed("X", text)), InvalidRequest, text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "a"}, "message": "b"}, "a"),
        ({"error": "a", "message": "b"}, "a"),
        ({"message": "a", "errorMessage": "b", "detail": "c"}, "a"),
        ({"errorMessage": "a", "detail": "b"}, "a"),
        ({"detail": "a"}, "a"),
        ({"error": {"code": 7, "message": "a"}}, "a"),
        ({"error": {"message": "a", "details": "b"}}, "a: b"),
        ({"message": "a", "details": "not JSON"}, "a: not JSON"),
        ({"message": "a", "details": '"a"'}, "a"),
        ({"message": "a", "details": json.dumps(json.dumps({"message": "b"}))}, "a: b"),
        ({"message": "a", "details": [{"message": "b"}, "c", 7, {"x": "y"}]}, "a: b; c"),
        ({"message": "a", "details": {"detail": {"message": "b"}}}, "a: b"),
        ({"details": "b"}, "b"),
        ({"message": "a\r\nb\t\0c"}, "a b c"),
        ({"message": ["a"]}, SILENT.format(400)),
        ({"error": None}, SILENT.format(400)),
        ({}, SILENT.format(400)),
        ([], SILENT.format(400)),
        ("a", SILENT.format(400)),
        (b"", SILENT.format(400)),
        (b"{", SILENT.format(400)),
    ],
)
def test_what_was_said_is_found_in_every_shape(body: Any, message: str) -> None:
    is_told(error_of(400, body), InvalidRequest, message)


def test_a_code_counts_wherever_it_stands() -> None:
    for body in (
        {"error": {"code": "UNSUPPORTED_MODEL"}},
        {"code": "UNSUPPORTED_MODEL"},
        {"errorCode": "UNSUPPORTED_MODEL", "code": "INVALID_REQUEST"},
    ):
        is_told(error_of(400, body), ModelNotFound, SILENT.format(400))
    body = {"error": "a", "errorCode": "UNSUPPORTED_MODEL", "details": "b"}
    is_told(error_of(400, body), ModelNotFound, "a: b")


PAGE = b"<!DOCTYPE html><html><body><h1>SECRET</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (400, InvalidRequest, SILENT.format(400)),
        (401, Unauthorized, REFUSED_KEY),
        (429, RateLimited, SILENT.format(429)),
        (500, UpstreamFailed, SILENT.format(500)),
        (502, UpstreamFailed, SILENT.format(502)),
        (504, UpstreamTimeout, TOO_LATE),
        (522, UpstreamFailed, SILENT.format(522)),
        (302, UpstreamFailed, SILENT.format(302)),
    ],
)
def test_a_page_is_never_passed_on(status: int, kind: type[RelayError], told: str) -> None:
    is_told(error_of(status, PAGE), kind, told)


def test_a_page_is_no_verdict_on_the_key() -> None:
    assert type(error_of(403, PAGE)) is UpstreamFailed


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("2", 2), ("120", 120), ("-5", None), ("1.5", None), ("soon", None), ("", None),
     ("²", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015", None),
     ("Wed, 21 Oct 2015 07:28:00 -0000", None), ("Wed, 21 Oct 2015 07:28:00 +9999", None)],
)  # fmt: skip
def test_how_long_to_wait_is_read_from_seconds_and_dates(
    value: str, seconds: int | None
) -> None:
    assert error_of(429, {}, retry_after=value).retry_after == seconds
    assert error_of(503, PAGE, retry_after=value).retry_after == seconds


def test_a_date_ahead_is_as_many_seconds_away() -> None:
    hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert error_of(429, {}, retry_after=hour).retry_after in range(3590, 3601)
    assert error_of(429, {}).retry_after is None


@settings(derandomize=True, deadline=None, max_examples=200)
@given(value=st.text() | st.from_regex(r"\d+|\w{3}, \d+ \w{3} \d+ \d\d:\d\d:\d\d [+-]?\w+"))
def test_any_wait_is_a_number_of_seconds_or_none(value: str) -> None:
    wait = error_of(429, {}, retry_after=value).retry_after
    assert wait is None or wait >= 0


def test_a_wait_of_five_thousand_digits_breaks_nothing() -> None:
    is_told(error_of(429, {}, retry_after="9" * 5000), RateLimited, SILENT.format(429))
