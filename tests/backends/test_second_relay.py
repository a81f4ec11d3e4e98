"""A relay behind a relay, as the official package sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import NotFoundError, OpenAI

from simulator.server import Simulator
from tests.sdk import client_of, text_of
from tests.serving import KEY, ThreadedRelay, config_for
from utils.relay_file import RelayFile

ADD: Any = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture(scope="module")
def client(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    behind = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("behind")))
    models = {"mini": {"name": "gpt-4o-mini"}, "gone": {}, "tts": {"name": "tts-1"}}
    models["tts"]["type"] = ["audio:speech"]  # type: ignore[assignment]
    server = {"base_url": f"{behind.url}/v1", "api_key": KEY, "models": models}
    file = RelayFile.model_validate({"backends": {"behind": server}})
    front = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("front")), file)
    front.chat()
    with client_of(front) as client:
        yield client
    front.stop()
    behind.stop()


def said(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_tools_are_called_and_answered(client: OpenAI) -> None:
    asked = said('call add with {"a": 1}')
    first = client.chat.completions.create(model="mini", messages=asked, tools=[ADD])
    message = first.choices[0].message
    assert message.tool_calls
    [call] = message.tool_calls
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("add", {"a": 1})
    result = {"role": "tool", "tool_call_id": call.id, "content": "2"}
    messages: Any = [*asked, message.to_dict(), result]
    last = client.chat.completions.create(model="mini", messages=messages, tools=[ADD])
    assert last.choices[0].message.content == "The tool said: 2"


def test_answers_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="mini",
        messages=said("say exactly: one two three"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert text_of(chunks) == "one two three"
    assert chunks[-1].usage


def test_the_responses_api_stands_on_it(client: OpenAI) -> None:
    first = client.responses.create(model="mini", input="say exactly: Hello")
    assert first.output_text == "Hello"
    again = client.responses.create(
        model="mini", input="say exactly: again", previous_response_id=first.id
    )
    assert again.output_text == "again"


def test_it_speaks(client: OpenAI) -> None:
    sound = client.audio.speech.create(model="tts", voice="alloy", input="Hello")
    assert len(sound.content) > 100


def test_what_it_refuses_is_raised(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="'gone' does not exist"):
        client.chat.completions.create(model="gone", messages=said("hi"))
