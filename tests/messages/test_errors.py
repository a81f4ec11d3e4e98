"""What the official anthropic package raises."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from anthropic.types import ErrorResponse
from pydantic import TypeAdapter

from simulator.replies import Cut, Hang, Pause, Reply, events, html, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.messages.sdk import Way, asked, told

BAD = "invalid_request_error"
TOO_LONG = "This model's maximum context length is 128000 tokens"

# What the SDK raises, with which status and type; and for which fields of a request, or answer
# of 1min.ai.
ERRORS: dict[str, tuple[type[anthropic.APIStatusError], int, str, Any]] = {
    "a bad field": (anthropic.BadRequestError, 400, BAD,
                    {"extra_body": {"temperature": "hot"}}),
    "no limit": (anthropic.BadRequestError, 400, BAD, {"extra_body": {"max_tokens": None}}),
    "no such model": (anthropic.NotFoundError, 404, "not_found_error", {"model": "no/such"}),
    "no such file": (anthropic.NotFoundError, 404, "not_found_error",
                     {"messages": [{"role": "user", "content": [
                         {"type": "image", "source": {"type": "file", "file_id": "no"}}]}]}),
    "a big body": (anthropic.RequestTooLargeError, 413, "request_too_large",
                   {"system": "x" * 2**20}),
    "400": (anthropic.BadRequestError, 400, BAD, refusal(400, "INVALID_REQUEST", "Odd")),
    "too long": (anthropic.BadRequestError, 400, BAD,
                 refusal(400, "EXTERNAL_API_RESPONSE_WITH_ERROR", TOO_LONG)),
    "401": (anthropic.AuthenticationError, 401, "authentication_error",
            refusal(401, "HTTP_EXCEPTION", "The API key has been deleted")),
    "403": (anthropic.PermissionDeniedError, 403, "permission_error",
            refusal(403, "HTTP_EXCEPTION", "No")),
    "402": (anthropic.RateLimitError, 429, "billing_error",
            refusal(402, "HTTP_EXCEPTION", "Pay")),
    "429": (anthropic.RateLimitError, 429, "rate_limit_error",
            refusal(429, "RATE_LIMITED", "Slow down")),
    "500": (anthropic.InternalServerError, 502, "api_error",
            refusal(500, "INTERNAL_SERVER_ERROR", "Oh")),
    "a page": (anthropic.InternalServerError, 502, "api_error", html(522)),
    "504": (anthropic.InternalServerError, 504, "timeout_error",
            refusal(504, "TIMEOUT", "Late")),
}  # fmt: skip


@pytest.mark.parametrize("way", ["whole", "stream"])
@pytest.mark.parametrize("name", ERRORS)
def test_a_refusal_is_the_sdks_own_error(
    client: Anthropic, onemin: Simulator, name: str, way: Way
) -> None:
    kind, status, type_, cause = ERRORS[name]
    if isinstance(cause, Reply):
        onemin.script(cause)
    fields = asked("hi") | ({} if isinstance(cause, Reply) else cause)
    before = len(onemin.chats)
    with pytest.raises(anthropic.APIStatusError) as caught:
        told(way, client, **fields)
    error = caught.value
    assert isinstance(error, kind)
    assert (error.status_code, error.type) == (status, type_)
    body = json.loads(error.response.content)
    assert body["request_id"] == error.request_id == error.response.headers["x-request-id"]
    if status != 413:  # the only type that the SDK does not list
        TypeAdapter(ErrorResponse).validate_json(error.response.content, strict=True)
    assert len(onemin.chats) - before == isinstance(cause, Reply)


def test_an_empty_account_is_not_asked_again(client: Anthropic, onemin: Simulator) -> None:
    hopeful = client.with_options(api_key="broke-1", max_retries=2)
    with pytest.raises(anthropic.RateLimitError) as caught:
        hopeful.messages.create(**asked("hi"))
    assert (caught.value.type, caught.value.status_code) == ("billing_error", 429)
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len([c for c in onemin.chats if c.headers["api-key"] == "broke-1"]) == 1


@pytest.mark.parametrize(
    "ending",
    [(), (Cut(),), (upstream_event("error", error="the model fell over"),)],
    ids=["no end", "cut", "error"],
)
def test_a_break_in_the_stream_is_raised_after_what_was_said(
    client: Anthropic, onemin: Simulator, ending: tuple[Any, ...]
) -> None:
    onemin.script(events(upstream_event("content", content="Hel"), Pause(0.05), *ending))
    with client.messages.stream(**asked("hi")) as stream:
        assert next(iter(stream.text_stream)) == "Hel"
        with pytest.raises(anthropic.APIStatusError) as caught:
            stream.until_done()
        assert stream.current_message_snapshot.stop_reason is None
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["error"]["type"] == "api_error"
    assert caught.value.body.keys() == {"type", "error"}


def test_closing_a_stream_hangs_up_on_1min_ai(client: Anthropic, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with client.messages.stream(**asked("hi")) as stream:
        assert next(iter(stream.text_stream)) == "Hel"
    assert onemin.chats[-1].hung_up.wait(5)


def test_a_client_that_loses_patience_hangs_up(client: Anthropic, onemin: Simulator) -> None:
    onemin.script(says(Hang(), "never"))
    with pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**asked("hi"), timeout=0.3)
    assert onemin.chats[-1].hung_up.wait(5)
