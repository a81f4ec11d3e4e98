"""Every refusal, in OpenAI's shape, in those of servers like it, and in 1min.ai's two."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.compatible.failures import LONGEST, PLAIN, is_refusal, of_reply, of_response
from utils.errors import (
    ContextTooLong,
    Forbidden,
    InvalidRequest,
    ModelNotFound,
    NotFound,
    OutOfCredit,
    RateLimited,
    RelayError,
    TooLarge,
    Unauthorized,
    UpstreamFailed,
    UpstreamTimeout,
)


def error_of(status: int, body: Any, retry_after: str | None = None) -> RelayError:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return of_response(
        status, {} if retry_after is None else {"retry-after": retry_after}, text
    )


def openai(message: str, **fields: Any) -> dict[str, Any]:
    blank = {"type": "invalid_request_error", "param": None, "code": None}
    return {"error": {"message": message, **blank, **fields}}


def observed(code: str, message: str) -> dict[str, Any]:
    """1min.ai's own shape."""
    return {"errorCode": code, "message": message}


def documented(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": message}}


NO_MODEL = "The model `x` does not exist or you do not have access to it."
SPENT = "You exceeded your current quota, please check your plan and billing details."
LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000."
SILENT = "The model's server failed to answer (HTTP {})."
PAGE = b"<!DOCTYPE html><h1>SECRET</h1>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, openai("Invalid 'x'."), InvalidRequest, "Invalid 'x'."),
        (400, openai("Unsupported value: 'temperature' is not supported with this model."),
         InvalidRequest, "Unsupported value: 'temperature' is not supported with this model."),
        (400, openai("Model gpt-4o is not supported with web search"), InvalidRequest,
         "Model gpt-4o is not supported with web search"),
        (400, openai("This model does not support image input"), InvalidRequest,
         "This model does not support image input"),
        (400, openai("You need a credit card"), InvalidRequest, "You need a credit card"),
        (400, openai(LONG, code="context_length_exceeded"), ContextTooLong, LONG),
        (400, openai(LONG), ContextTooLong, LONG),
        (400, openai("too much", type="exceed_context_size_error"), ContextTooLong, "too much"),
        (400, openai(NO_MODEL, code="model_not_found"), ModelNotFound, NO_MODEL),
        (400, openai(NO_MODEL), ModelNotFound, NO_MODEL),
        (400, openai("invalid model ID"), ModelNotFound, "invalid model ID"),
        (400, {"detail": "Unknown model"}, ModelNotFound, "Unknown model"),
        (400, observed("UNSUPPORTED_MODEL", "Model x is not supported"),
         ModelNotFound, "Model x is not supported"),
        (400, observed("X", "Model x is not supported for feature Y"),
         ModelNotFound, "Model x is not supported for feature Y"),
        (404, openai(NO_MODEL, code="model_not_found"), ModelNotFound, NO_MODEL),
        (404, openai('model "x" not found, try pulling it first', type="api_error"),
         ModelNotFound, 'model "x" not found, try pulling it first'),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404},
         ModelNotFound, "The model `x` does not exist."),
        (404, observed("HTTP_EXCEPTION", "Cannot POST /openai/v1/chat/completions"),
         NotFound, PLAIN[NotFound]),
        (404, {"detail": "Not Found"}, NotFound, PLAIN[NotFound]),
        (404, PAGE, NotFound, PLAIN[NotFound]),
        (404, b"404 page not found", NotFound, PLAIN[NotFound]),
        (401, openai("Incorrect API key provided: SECRET", code="invalid_api_key"),
         Unauthorized, PLAIN[Unauthorized]),
        (401, observed("HTTP_EXCEPTION", "The API key has been deleted"),
         Unauthorized, PLAIN[Unauthorized]),
        (401, b"", Unauthorized, PLAIN[Unauthorized]),
        (402, openai("Pay"), OutOfCredit, PLAIN[OutOfCredit]),
        (403, openai("No", type="forbidden"), Forbidden, PLAIN[Forbidden]),
        (403, PAGE, UpstreamFailed, SILENT.format(403)),
        (413, openai("Too large"), TooLarge, "Too large"),
        (413, PAGE, TooLarge, SILENT.format(413)),
        (422, documented("PROMPT_OBJECT_VALIDATION_FAILED", "Invalid"),
         InvalidRequest, "Invalid"),
        (429, openai("Slow down", type="requests", code="rate_limit_exceeded"),
         RateLimited, "Slow down"),
        (429, documented("RATE_LIMITED", "Too many"), RateLimited, "Too many"),
        (429, openai(SPENT, type="insufficient_quota", code="insufficient_quota"),
         OutOfCredit, PLAIN[OutOfCredit]),
        (429, openai(SPENT, type="insufficient_quota"), OutOfCredit, PLAIN[OutOfCredit]),
        (429, observed("X", "Not enough credits"), OutOfCredit, PLAIN[OutOfCredit]),
        (400, observed("INSUFFICIENT_CREDITS", "x"), OutOfCredit, PLAIN[OutOfCredit]),
        (400, observed("X", "Your credits are exhausted"), OutOfCredit, PLAIN[OutOfCredit]),
        (429, PAGE, RateLimited, SILENT.format(429)),
        (500, openai("SECRET", type="server_error"), UpstreamFailed, SILENT.format(500)),
        (500, openai("SECRET", code="model_not_found"), UpstreamFailed, SILENT.format(500)),
        (503, {"error": {"message": "Loading model", "code": 503}},
         UpstreamFailed, SILENT.format(503)),
        (504, PAGE, UpstreamTimeout, PLAIN[UpstreamTimeout]),
        (522, PAGE, UpstreamFailed, SILENT.format(522)),
        (400, PAGE, UpstreamFailed, SILENT.format(400)),
        (302, b"", UpstreamFailed, SILENT.format(302)),
        (405, {"detail": "Method Not Allowed"}, UpstreamFailed, "Method Not Allowed"),
        (400, [1], UpstreamFailed, SILENT.format(400)),
        (400, {}, InvalidRequest, SILENT.format(400)),
        (400, {"error": [1]}, InvalidRequest, SILENT.format(400)),
        (400, {"error": "just a text"}, InvalidRequest, "just a text"),
        (400, {"error": "bad", "errorCode": "UNSUPPORTED_MODEL"}, ModelNotFound, "bad"),
    ],
)  # fmt: skip
def test_a_refusal_has_a_meaning(
    status: int, body: Any, kind: type[RelayError], told: str
) -> None:
    error = error_of(status, body)
    assert (type(error), error.message) == (kind, told)
    assert "SECRET" not in error.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "m"}, UpstreamFailed),
        ({"message": "m", "type": "server_error"}, UpstreamFailed),
        ({"message": "m", "type": "invalid_request_error"}, InvalidRequest),
        ({"message": "m", "type": "BadRequestError", "code": 400}, InvalidRequest),
        ({"message": "m", "code": 429}, RateLimited),
        ({"message": "m", "code": 502}, UpstreamFailed),
        ({"message": "m", "code": 7}, UpstreamFailed),
        ({"message": "m", "code": "rate_limit_exceeded"}, RateLimited),
        ({"message": LONG}, ContextTooLong),
    ],
)
def test_an_error_within_a_stream_has_the_meaning_it_had_before_it(
    error: dict[str, Any], kind: type[RelayError]
) -> None:
    assert type(of_reply({"error": error})) is kind


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ({"choices": []}, False),
        ({"choices": [], "error": None}, False),
        ({"object": "chat.completion.chunk"}, False),
        ({"success": True}, False),
        ({"success": False}, True),
        ({"error": "x"}, True),
        ({"error": {"code": 1}}, True),
        ({"errorCode": "X"}, True),
        ({"object": "error"}, True),
    ],
)
def test_a_refusal_is_told_from_an_answer(reply: dict[str, Any], *, refused: bool) -> None:
    assert is_refusal(reply) is refused


def test_the_parameter_that_is_wrong_is_named() -> None:
    assert error_of(400, openai("no", param="temperature")).param == "temperature"
    assert error_of(400, openai("no", param="")).param is None
    assert error_of(400, openai("no", param=["x"])).param is None
    assert error_of(400, openai(NO_MODEL)).param == "model"


IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(seconds=3600), usegmt=True)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("7", 7, 7), ("0", 0, 0), (IN_AN_HOUR, 3000, 3600), ("9" * 5000, 1, 10**9)],
    ids=["seconds", "now", "date", "forever"],
)
def test_when_to_come_again_is_passed_on(value: str, least: int, most: int) -> None:
    for body in (openai("slow"), PAGE):
        wait = error_of(429, body, value).retry_after
        assert wait is not None
        assert least <= wait <= most


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "1.5", "٣"])
def test_when_to_come_again_may_be_untold(value: str | None) -> None:
    assert error_of(429, openai("slow"), value).retry_after is None


def test_a_message_is_one_line_of_some_length() -> None:
    error = error_of(400, openai("a\r\nb\0 " + "c" * 10_000))
    assert error.message.startswith("a b  ccc")
    assert len(error.message) == LONGEST + 1


def test_half_a_letter_in_a_message_can_be_sent_on() -> None:
    assert error_of(400, openai("a\ud83d")).message == "a\ufffd"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "type", "errorCode", "detail", "param"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(status=st.integers(300, 599), reply=JSON)
def test_any_reply_is_an_error(status: int, reply: Any) -> None:
    error = error_of(status, reply)
    assert error.status >= 400
    assert error.message
    assert error_of(200, reply).message
