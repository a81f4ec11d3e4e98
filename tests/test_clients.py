"""The official openai package as judge, at a relay as an operator runs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import openai
import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.shared import ErrorObject
from pydantic import TypeAdapter

from simulator.calls import Call
from simulator.replies import Cut, Hang, Pause, Reply, events, html, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.serving import ASKED, KEY, ProcessRelay, Relay, process

T = TypeVar("T")
PROMPTLY = 1.0  # seconds in which 1min.ai hears that the client left
UNICODE = (
    "Zażółć\tgęślą 語 🌍👩‍👩‍👧\r\n\u2028\u0085 e\u0301 \u202egnirts\u202c \x00\x7f\ufeff €."
)


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessRelay]:
    with process(onemin.url, tmp_path_factory.mktemp("relay"), MAX_BODY_MB="1") as relay:
        yield relay
        relay.session.close()


@pytest.fixture(scope="module")
def client(relay: ProcessRelay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


def client_of(relay: Relay) -> OpenAI:
    """It sends a request once, and raises for an answer that does not fit its types."""
    return OpenAI(
        api_key=KEY,
        base_url=f"{relay.url}/v1",
        max_retries=0,
        http_client=DefaultHttpxClient(trust_env=False),
        _strict_response_validation=True,
    )


def async_client_of(relay: Relay) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=KEY,
        base_url=f"{relay.url}/v1",
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(trust_env=False),
        _strict_response_validation=True,
    )


def strictly(kind: type[T], raw: bytes) -> T:
    """Raises where the SDK would forgive: "1" is no number here."""
    return TypeAdapter(kind).validate_json(raw, strict=True)


def frames(raw: bytes) -> list[bytes]:
    """The data of each event. Nothing else is in the stream, and each ends in a blank line."""
    *events, rest = raw.split(b"\n\n")
    assert rest == b""
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in events)
    return [event.removeprefix(b"data: ") for event in events]


def text_of(chunks: Iterable[ChatCompletionChunk]) -> str:
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return "".join(delta.content or "" for delta in deltas)


def says_something(chunk: ChatCompletionChunk) -> bool:
    return bool(text_of([chunk]))


def chats_of(onemin: Simulator, key: str) -> list[Call]:
    return [call for call in onemin.chats if call.headers["api-key"] == key]


def asked(prompt: str) -> dict[str, Any]:
    return {**ASKED, "messages": [{"role": "user", "content": prompt}]}


# Answers


def test_an_answer_is_a_chat_completion_to_the_letter(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", "lo", usage={"inputToken": 7, "outputToken": 2}))
    raw = client.chat.completions.with_raw_response.create(**ASKED).content
    completion = strictly(ChatCompletion, raw)
    assert completion.choices[0].message.content == "Hello"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert completion.usage.to_dict() == {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "total_tokens": 9,
    }


def test_an_answer_has_the_keys_that_the_sdk_would_not_miss(client: OpenAI) -> None:
    body = json.loads(client.chat.completions.with_raw_response.create(**ASKED).content)
    (choice,) = body["choices"]
    assert choice.keys() >= {"index", "message", "finish_reason", "logprobs"}
    assert choice["message"].keys() >= {"role", "content", "refusal"}
    assert "error" not in body
    assert "tool_calls" not in choice["message"]


@pytest.mark.parametrize("include_usage", [False, True])
def test_each_chunk_is_one_to_the_letter(
    client: OpenAI, onemin: Simulator, *, include_usage: bool
) -> None:
    onemin.script(says(" Hel", "lo\n", usage={"inputToken": 7, "outputToken": 2}))
    with client.chat.completions.with_streaming_response.create(
        **ASKED, stream=True, stream_options={"include_usage": include_usage}
    ) as response:
        *data, done = frames(response.read())
    assert done == b"[DONE]"
    chunks = [strictly(ChatCompletionChunk, raw) for raw in data]
    assert text_of(chunks) == " Hello\n"
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    for raw in map(json.loads, data):
        assert "error" not in raw
        assert ("usage" in raw) is include_usage
        for choice in raw["choices"]:
            assert choice.keys() >= {"index", "delta", "finish_reason"}
    usages = [chunk.usage.total_tokens for chunk in chunks if chunk.usage]
    assert usages == ([9] if include_usage else [])
    assert [bool(chunk.choices) for chunk in chunks[-2:]] == [True, not include_usage]


def test_the_sdk_puts_the_chunks_together(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", "lo"))
    with client.chat.completions.stream(**ASKED) as stream:
        completion = stream.get_final_completion()
    (choice,) = completion.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "Hello")
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)


def test_a_word_reaches_the_client_while_the_next_is_still_to_come(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with client.chat.completions.create(**ASKED, stream=True) as stream:
        assert text_of([next(filter(says_something, stream))]) == "Hel"
        assert not onemin.chats[-1].answered.is_set()


@pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])
def test_every_letter_survives_in_both_directions(
    client: OpenAI, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(says(*UNICODE))
    body = asked(UNICODE)
    if stream:
        heard = text_of(client.chat.completions.create(**body, stream=True))
    else:
        heard = client.chat.completions.create(**body).choices[0].message.content or ""
    assert heard == UNICODE
    assert onemin.chats[-1].json["promptObject"]["prompt"] == UNICODE


def test_a_stream_tells_what_it_is_and_can_be_traced(client: OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(
        **ASKED, stream=True
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "content-length" not in response.headers
        assert "content-encoding" not in response.headers
        assert response.request_id == response.headers["x-request-id"]
    assert client.chat.completions.create(**ASKED)._request_id


@pytest.mark.parametrize("prefix", ["", "/", "/v1", "/v1/"])
def test_the_base_url_may_lack_v1_and_end_in_a_slash(
    client: OpenAI, relay: ProcessRelay, prefix: str
) -> None:
    elsewhere = client.with_options(base_url=relay.url + prefix)
    assert elsewhere.models.list().data
    assert elsewhere.chat.completions.create(**ASKED).choices
    assert text_of(elsewhere.chat.completions.create(**ASKED, stream=True))


def test_the_async_client_is_served_alike(relay: ProcessRelay) -> None:
    async def answers() -> list[str]:
        async with async_client_of(relay) as client:
            return await asyncio.gather(*(one(client, n) for n in range(8)))

    async def one(client: AsyncOpenAI, number: int) -> str:
        body = asked(f"say exactly: answer {number}")
        if number % 2:
            whole = await client.chat.completions.create(**body)
            return whole.choices[0].message.content or ""
        stream = await client.chat.completions.create(**body, stream=True)
        return text_of([chunk async for chunk in stream])

    assert asyncio.run(answers()) == [f"answer {number}" for number in range(8)]


# Models


def test_each_model_is_one_to_the_letter(client: OpenAI) -> None:
    raw = client.models.with_raw_response.list().content
    body = json.loads(raw)
    assert body["object"] == "list"
    assert len(body["data"]) > 100
    for model in body["data"]:
        strictly(Model, json.dumps(model).encode())


def test_every_listed_model_can_be_retrieved(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    odd = [name for name in names if "/" in name or ":" in name]
    assert any("/" in name for name in odd)
    assert any(":" in name for name in odd)
    for name in [*odd, "gpt-4o-mini"]:
        raw = client.models.with_raw_response.retrieve(name)  # sends a slash as %2F
        assert strictly(Model, raw.content).id == name
        assert client.get(f"/models/{name}", cast_to=Model).id == name


def test_a_model_that_nobody_lists_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no/such:model")
    assert caught.value.code == "model_not_found"


# Errors

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
    with client_of(relay_with(rate_limit_requests=1)) as client:
        client.chat.completions.create(**ASKED)
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(**ASKED)
    assert caught.value.code == "rate_limit_exceeded"
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_the_sdk_comes_back_when_1min_ai_said_it_may(client: OpenAI, onemin: Simulator) -> None:
    limited = refusal(429, "RATE_LIMITED", "Slow down", headers={"Retry-After": "1"})
    onemin.script(limited, limited)
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(**ASKED)
    assert caught.value.response.headers["retry-after"] == "1"
    patient = client.with_options(api_key="a-patient-key", max_retries=1)
    assert patient.chat.completions.create(**ASKED).choices
    assert len(chats_of(onemin, "a-patient-key")) == 2


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


# Leaving early


def test_closing_a_stream_hangs_up_on_1min_ai(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    stream = client.chat.completions.create(**ASKED, stream=True)
    next(filter(says_something, stream))
    stream.close()
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_leaving_a_streamed_response_unread_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    with client.chat.completions.with_streaming_response.create(**ASKED, stream=True) as reply:
        next(reply.iter_lines())
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_a_client_that_loses_patience_hangs_up(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Hang(), "never"))
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**ASKED, timeout=0.3)
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_a_cancelled_task_hangs_up(relay: ProcessRelay, onemin: Simulator) -> None:
    onemin.script(says("Hel", Hang(), "lo"))

    async def listen(heard: asyncio.Event) -> None:
        async with async_client_of(relay) as client:
            async for chunk in await client.chat.completions.create(**ASKED, stream=True):
                if says_something(chunk):
                    heard.set()

    async def cancel() -> bool:
        heard = asyncio.Event()
        task = asyncio.create_task(listen(heard))
        await asyncio.wait_for(heard.wait(), 5)
        task.cancel()
        return await asyncio.to_thread(onemin.chats[-1].hung_up.wait, PROMPTLY)

    assert asyncio.run(cancel())
