"""What the official openai package raises."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk
from openai.types.shared import ErrorObject

from simulator.calls import Call
from simulator.replies import Cut, Hang, Pause, Reply, events, html, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.clients.judging import strictly
from tests.conftest import RelayFactory
from tests.sdk import client_of, text_of
from tests.serving import ASKED, KEY
from utils.domain.owner import owner

BAD, QUOTA, FAILED = "invalid_request_error", "insufficient_quota", "api_error"
TOO_LONG = "This model's maximum context length is 128000 tokens"

# What the SDK raises, with which status, type and code; and for which fields of a request, or
# answer of 1min.ai.
ERRORS: dict[str, tuple[type[openai.APIStatusError], int, str, str | None, Any]] = {
    "a bad field": (openai.BadRequestError, 400, BAD, None,
                    {"temperature": "hot"}),
    "no such model": (openai.NotFoundError, 404, BAD, "model_not_found",
                      {"model": "no/such"}),
    "a big body": (openai.APIStatusError, 413, BAD, "request_too_large",
                   {"user": "x" * 2**20}),
    "400": (openai.BadRequestError, 400, BAD, None,
            refusal(400, "INVALID_REQUEST", "Odd")),
    "422": (openai.BadRequestError, 400, BAD, None,
            refusal(422, "UNPROCESSABLE_ENTITY", "Odd")),
    "too long": (openai.BadRequestError, 400, BAD, "context_length_exceeded",
                 refusal(400, "EXTERNAL_API_RESPONSE_WITH_ERROR", TOO_LONG)),
    "unsupported": (openai.NotFoundError, 404, BAD, "model_not_found",
                    refusal(400, "UNSUPPORTED_MODEL", "Model gpt-4o-mini is not supported")),
    "401": (openai.AuthenticationError, 401, "authentication_error", "invalid_api_key",
            refusal(401, "HTTP_EXCEPTION", "The API key has been deleted")),
    "403": (openai.PermissionDeniedError, 403, "permission_error", "permission_denied",
            refusal(403, "HTTP_EXCEPTION", "No")),
    "402": (openai.RateLimitError, 429, QUOTA, QUOTA,
            refusal(402, "HTTP_EXCEPTION", "Pay")),
    "429": (openai.RateLimitError, 429, "rate_limit_error", "rate_limit_exceeded",
            refusal(429, "RATE_LIMITED", "Slow down")),
    "500": (openai.InternalServerError, 502, FAILED, "upstream_error",
            refusal(500, "INTERNAL_SERVER_ERROR", "Oh")),
    "a page": (openai.InternalServerError, 502, FAILED, "upstream_error",
               html(522)),
    "504": (openai.InternalServerError, 504, FAILED, "upstream_timeout",
            refusal(504, "TIMEOUT", "Late")),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
@pytest.mark.parametrize("name", ERRORS)
def test_a_refusal_is_the_sdks_own_error(
    client: OpenAI, onemin: Simulator, name: str, *, stream: bool
) -> None:
    kind, *expected, cause = ERRORS[name]
    if isinstance(cause, Reply):
        onemin.script(cause)
    fields = ASKED if isinstance(cause, Reply) else ASKED | cause
    before = len(onemin.chats)
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**fields, stream=stream)
    error = caught.value
    assert type(error) is kind
    assert [error.status_code, error.type, error.code] == expected
    assert error.response.headers["content-type"] == "application/json"
    assert error.request_id
    body = json.loads(error.response.content)
    assert list(body) == ["error"]
    assert body["error"].keys() == {"message", "type", "param", "code"}
    strictly(ErrorObject, json.dumps(body["error"]).encode())
    assert len(onemin.chats) - before == isinstance(cause, Reply)


def test_no_error_of_the_sdk_is_forgotten() -> None:
    caused = {kind for kind, *_ in ERRORS.values()}
    never = {openai.ConflictError, openai.UnprocessableEntityError}
    assert set(openai.APIStatusError.__subclasses__()) - caused == never


def test_a_field_that_is_refused_is_named(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**ASKED, temperature=9)
    assert caught.value.param == "temperature"


def test_a_key_that_1min_ai_refuses_is_an_authentication_error(client: OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="bad-key").chat.completions.create(**ASKED)


def test_nobody_at_the_other_end_is_an_internal_server_error(relay_with: RelayFactory) -> None:
    with (
        client_of(relay_with("http://127.0.0.1:9")) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.chat.completions.create(**ASKED)
    assert (caught.value.status_code, caught.value.code) == (503, "upstream_unreachable")


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_silence_is_an_internal_server_error(
    relay_with: RelayFactory, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(Hang(), "never"))
    with (
        client_of(relay_with(first_byte_timeout=0.3)) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.chat.completions.create(**ASKED, stream=stream)
    assert (caught.value.status_code, caught.value.code) == (504, "upstream_timeout")


def test_the_relays_own_limit_is_a_rate_limit_error(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1)
    relay.services.vouched.add(owner(KEY))
    with client_of(relay) as client:
        client.chat.completions.create(**ASKED)
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(**ASKED)
    assert caught.value.code == "rate_limit_exceeded"
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_the_sdk_comes_back_when_1min_ai_said_it_may(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    limited = refusal(429, "RATE_LIMITED", "Slow down", headers={"Retry-After": "1"})
    onemin.script(limited, limited)
    relay = relay_with()
    while relay.services.retries.take():
        pass  # or the relay comes back itself
    with client_of(relay) as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(**ASKED)
        assert caught.value.response.headers["retry-after"] == "1"
        patient = client.with_options(api_key="a-patient-key", max_retries=1)
        assert patient.chat.completions.create(**ASKED).choices
    assert len(chats_of(onemin, "a-patient-key")) == 2


def chats_of(onemin: Simulator, key: str) -> list[Call]:
    return [call for call in onemin.chats if call.headers["api-key"] == key]


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_an_empty_account_is_not_asked_again(
    client: OpenAI, onemin: Simulator, *, stream: bool
) -> None:
    key = f"broke-{stream}"
    with pytest.raises(openai.RateLimitError) as caught:
        client.with_options(api_key=key, max_retries=2).chat.completions.create(
            **ASKED, stream=stream
        )
    assert (caught.value.type, caught.value.code) == (QUOTA, QUOTA)
    assert len(chats_of(onemin, key)) == 1


@pytest.mark.parametrize(
    "ending",
    [(), (Cut(),), (upstream_event("error", error="the model fell over"),)],
    ids=["no end", "cut", "error"],
)
def test_a_break_in_the_stream_is_raised_after_what_was_said(
    client: OpenAI, onemin: Simulator, ending: tuple[Any, ...]
) -> None:
    onemin.script(events(upstream_event("content", content="Hel"), Pause(0.05), *ending))
    before = len(onemin.chats)
    hopeful = client.with_options(max_retries=2)
    heard, error = until_broken(hopeful.chat.completions.create(**ASKED, stream=True))
    assert type(error) is openai.APIError
    assert (error.code, error.type) == ("upstream_error", FAILED)
    assert text_of(heard) == "Hel"
    assert not any(choice.finish_reason for chunk in heard for choice in chunk.choices)
    assert len(onemin.chats) - before == 1


def until_broken(
    stream: Iterable[ChatCompletionChunk],
) -> tuple[list[ChatCompletionChunk], openai.APIError]:
    heard = []
    try:
        for chunk in stream:
            heard.append(chunk)
    except openai.APIError as error:
        return heard, error
    raise AssertionError("the stream ended as if nothing had happened")
