"""Answers, whole and streamed, by the official anthropic package."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from anthropic import Anthropic
from anthropic.types import TextBlock, ThinkingBlock
from pydantic import BaseModel

from simulator.replies import says
from simulator.server import Simulator
from tests.messages.sdk import (
    HEADERS,
    MODEL,
    Way,
    asked,
    kinds,
    prompt_of,
    raw_events,
    text_of,
    told,
    user,
)
from tests.samples import png
from tests.serving import Relay

either_way = pytest.mark.parametrize("way", ["whole", "stream"])
USAGE = {"inputToken": 7, "outputToken": 2}


@either_way
def test_the_sdk_hears_an_answer(client: Anthropic, onemin: Simulator, way: Way) -> None:
    onemin.script(says("Hel", "lo\n", usage=USAGE))
    message = told(way, client, **asked("hi"))
    assert message.id.startswith("msg_")
    assert (message.model, message.role, message.type) == (MODEL, "assistant", "message")
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert text_of(message) == "Hello\n"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 2)
    assert message.usage.cache_read_input_tokens == 0
    assert prompt_of(onemin.chats[-1].json) == "hi"


def test_a_text_arrives_word_by_word(client: Anthropic, onemin: Simulator) -> None:
    onemin.script(says("Hel", "lo", " \u2028wörld"))
    with client.messages.stream(**asked("hi")) as stream:
        assert "".join(stream.text_stream) == "Hello \u2028wörld"
        assert text_of(stream.get_final_message()) == "Hello \u2028wörld"


def test_every_event_of_a_stream_is_as_the_types_have_it(relay: Relay) -> None:
    fields = asked(
        'think: hm. first say Look, then call f with {"a": 1} and call f with {}',
        tools=[{"name": "f", "input_schema": {"type": "object"}}],
        thinking={"type": "enabled", "budget_tokens": 1024},
        stream=True,
    )
    reply = relay.post("/v1/messages?beta=true", fields, headers=HEADERS)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert reply.headers["request-id"] == reply.headers["x-request-id"]
    events = raw_events(reply.text)
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    empty = ["content_block_start", "content_block_stop"]
    told = kinds(events)
    assert told[:2] == ["message_start", "ping"]
    assert told[2:-2] in (block * 4, block * 3 + empty)
    assert told[-2:] == ["message_delta", "message_stop"]
    indexes = [event["index"] for event in events if event["type"] == "content_block_start"]
    assert indexes == [0, 1, 2, 3]
    assert events[0]["message"]["usage"]["input_tokens"] > 10
    assert "[DONE]" not in reply.text


@either_way
def test_thoughts_are_told_where_thinking_is_enabled(client: Anthropic, way: Way) -> None:
    fields = asked("think: Hm, hm. say exactly: Yes")
    thought, text = told(
        way, client, **fields, thinking={"type": "enabled", "budget_tokens": 1024}
    ).content
    assert isinstance(thought, ThinkingBlock)
    assert (thought.thinking, thought.signature) == ("Hm, hm", "")
    assert isinstance(text, TextBlock)
    assert text.text == "Yes"
    [only] = told(way, client, **fields).content
    assert isinstance(only, TextBlock)
    assert only.text == "Yes"


@either_way
def test_a_stop_sequence_and_a_limit_end_an_answer(client: Anthropic, way: Way) -> None:
    stops = [*map(str, range(10, 20)), "5"]
    message = told(way, client, **asked("count to 9", stop_sequences=stops))
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "5")
    assert text_of(message) == "1, 2, 3, 4, "
    message = told(way, client, **(asked("count to 9") | {"max_tokens": 3}))
    assert (message.stop_reason, message.stop_sequence) == ("max_tokens", None)
    assert text_of(message) == "1, "


class Person(BaseModel):
    name: str
    age: int


def test_the_sdk_parses_a_structured_answer(client: Anthropic) -> None:
    fields = asked('answer with {"name": "Ann", "age": 5}', output_format=Person)
    assert client.messages.parse(**fields).parsed_output == Person(name="Ann", age=5)
    with client.messages.stream(**fields) as stream:
        assert stream.get_final_message().parsed_output == Person(name="Ann", age=5)
    beta = client.beta.messages.parse(**fields)
    assert beta.parsed_output == Person(name="Ann", age=5)


@either_way
def test_a_picture_and_a_document_are_read(
    client: Anthropic, onemin: Simulator, way: Way
) -> None:
    data = base64.b64encode(png(7)).decode()
    picture = {"type": "base64", "media_type": "image/png", "data": data}
    content = [
        {"type": "image", "source": picture},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain",
                                        "data": "The code is 4711."}},
        {"type": "text", "text": "say exactly: Seen"},
    ]  # fmt: skip
    assert text_of(told(way, client, **asked(content))) == "Seen"
    body = onemin.chats[-1].json
    assert len(body["promptObject"]["attachments"]["images"]) == 1
    assert onemin.uploads[-1].data == png(7)
    assert "The code is 4711." in prompt_of(body)


@either_way
def test_a_search_that_is_the_only_tool_is_made_and_cited(
    client: Anthropic, onemin: Simulator, way: Way
) -> None:
    search: Any = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    message = told(way, client, **asked("say exactly: It is so.", tools=[search]))
    [text] = message.content
    assert isinstance(text, TextBlock)
    cited = [page for page in text.citations or () if page.type == "web_search_result_location"]
    pages = [page.url for page in cited]
    assert pages == [f"https://example.com/{number}" for number in (1, 2, 3)]
    settings = onemin.chats[-1].json["promptObject"]["settings"]
    assert settings["webSearchSettings"]["webSearch"] is True


def test_system_and_earlier_turns_are_told(client: Anthropic, onemin: Simulator) -> None:
    client.messages.create(
        **(asked("hi") | {"messages": [user("one"), {"role": "assistant", "content": "two"},
                                       user("three")]}),
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    )  # fmt: skip
    prompt = prompt_of(onemin.chats[-1].json)
    turns = ["### System:\nBe brief.", "### User:\none", "### Assistant:\ntwo",
             "### User:\nthree", "### Assistant:"]  # fmt: skip
    assert prompt == "\n\n".join(turns)


def test_an_answer_begun_by_the_client_is_continued(
    client: Anthropic, onemin: Simulator
) -> None:
    begun = {"role": "assistant", "content": "The answer is ("}
    client.messages.create(**(asked("hi") | {"messages": [user("Which?"), begun]}))
    assert prompt_of(onemin.chats[-1].json).endswith("### Assistant:\nThe answer is (")


def test_a_beta_request_is_answered(client: Anthropic) -> None:
    message = client.beta.messages.create(
        **asked("say exactly: Yes"),
        betas=["context-management-2025-06-27"],
        context_management={"edits": [{"type": "clear_tool_uses_20250919"}]},
        metadata={"user_id": "u"},
    )
    assert message.content[0].type == "text"
    assert message.content[0].text == "Yes"
