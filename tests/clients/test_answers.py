"""The official openai package as judge, at a relay as an operator runs it."""

from __future__ import annotations

import asyncio
import json

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from simulator.replies import Hang, says
from simulator.server import Simulator
from tests.clients.judging import asked, strictly
from tests.sdk import async_client_of, says_something, text_of
from tests.serving import ASKED, ProcessRelay

UNICODE = (
    "Zażółć\tgęślą 語 🌍👩‍👩‍👧\r\n\u2028\u0085 e\u0301 \u202egnirts\u202c \x00\x7f\ufeff €."
)


def frames(raw: bytes) -> list[bytes]:
    """The data of each event. Nothing else is in the stream, and each ends in a blank line."""
    *events, rest = raw.split(b"\n\n")
    assert rest == b""
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in events)
    return [event.removeprefix(b"data: ") for event in events]


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
