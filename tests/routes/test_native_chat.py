"""1min.ai's OpenAI-compatible chat, where the operator chose it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.replies import Cut, Reply, html, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import chunks, heard, said, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.sdk import client_of
from tests.serving import ThreadedRelay

ADD: Any = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {}}},
}
CALL = 'call add with {"a": 1}'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def native(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(one_min_chat="native")


@pytest.fixture
def auto(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(one_min_chat="auto")


def error(status: int, code: str | None) -> Reply:
    body = {"error": {"message": "Oh", "type": "x", "param": None, "code": code}}
    return Reply(status, JSON, (json.dumps(body).encode(),))


# Native


@whole_and_streamed
def test_the_native_chat_answers(
    native: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    messages = [{"role": "system", "content": "Be brief."}, *said("say exactly: Hello")]
    reply = native.chat(messages=messages, stream=stream)
    choice = heard(reply)
    assert (choice.text, choice.reason) == ("Hello", "stop")
    assert reply.headers.get("x-usage-source", "estimated") == "estimated"
    [call] = onemin.native_calls
    assert [message["role"] for message in call.json["messages"]] == ["system", "user"]
    assert not onemin.chats


def test_tools_are_called_natively(native: ThreadedRelay, onemin: Simulator) -> None:
    with client_of(native) as client:
        completion = client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": CALL}], tools=[ADD]
        )
        choice = completion.choices[0]
        assert choice.finish_reason == "tool_calls"
        assert choice.message.tool_calls
        [call] = choice.message.tool_calls
        assert call.type == "function"
        assert (call.function.name, call.function.arguments) == ("add", '{"a": 1}')
        asked = {"role": "user", "content": CALL}
        result = {"role": "tool", "tool_call_id": call.id, "content": "2"}
        messages: Any = [asked, choice.message.to_dict(), result]
        last = client.chat.completions.create(
            model="gpt-4o-mini", messages=messages, tools=[ADD]
        )
    assert last.choices[0].message.content == "The tool said: 2"
    assert onemin.native_calls[0].json["tools"][0]["function"]["name"] == "add"
    assert onemin.native_calls[1].json["messages"][1]["tool_calls"][0]["id"] == call.id


def test_tools_stream_natively(native: ThreadedRelay) -> None:
    with (
        client_of(native) as client,
        client.chat.completions.stream(
            model="gpt-4o-mini", messages=[{"role": "user", "content": CALL}], tools=[ADD]
        ) as stream,
    ):
        choice = stream.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls
    assert choice.message.tool_calls[0].function.arguments == '{"a": 1}'


@whole_and_streamed
def test_sampling_is_passed_on_and_only_the_rest_is_ignored(
    native: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    sampling = {"temperature": 0.5, "top_p": 1, "seed": 7, "presence_penalty": 1}
    reply = native.chat(**sampling, user="u", stream=stream)
    assert heard(reply).text
    assert reply.headers["x-relay-ignored"] == "user"
    sent = onemin.native_calls[-1].json
    assert {name: sent[name] for name in sampling} == sampling
    assert "user" not in sent


@whole_and_streamed
def test_stop_limit_and_thoughts_are_the_relays_own_here_too(
    native: ThreadedRelay, *, stream: bool
) -> None:
    messages = said("think: It is a list. say exactly: one two three four")
    choice = heard(native.chat(messages=messages, stop=" three", stream=stream))
    assert (choice.reasoning.strip(), choice.text) == ("It is a list", "one two")
    messages = said("say exactly: one two three four")
    choice = heard(native.chat(messages=messages, max_tokens=2, stream=stream))
    assert (choice.text, choice.reason) == ("one two", "length")


@whole_and_streamed
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (error(401, "invalid_api_key"), (401, "invalid_api_key")),
        (error(429, "rate_limit_exceeded"), (429, "rate_limit_exceeded")),
        (error(404, "model_not_found"), (404, "model_not_found")),
        (html(522), (502, "upstream_error")),
    ],
)
def test_a_native_refusal_is_a_status(
    native: ThreadedRelay, onemin: Simulator, trouble: Reply, told: object, *, stream: bool
) -> None:
    onemin.script_native(trouble)
    assert refused(native.chat(stream=stream))[:2] == told
    assert len(onemin.native_calls) == 1
    assert not onemin.chats


def test_leaving_a_native_stream_hangs_up(native: ThreadedRelay, onemin: Simulator) -> None:
    with client_of(native) as client:
        stream = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "[[events=500 pace=50]]"}],
            stream=True,
        )
        next(chunk for chunk in stream if chunk.choices[0].delta.content)
        stream.close()
    assert onemin.native_calls[-1].hung_up.wait(5)


# Auto


@whole_and_streamed
@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [ADD]},
        {"temperature": 0.5},
        {"reasoning_effort": "low"},
        {"response_format": {"type": "json_object"}},
    ],
    ids=["tools", "sampling", "effort", "structure"],
)
def test_what_only_native_can_do_is_done_there(
    auto: ThreadedRelay, onemin: Simulator, fields: dict[str, Any], *, stream: bool
) -> None:
    messages = said('say exactly: {"a": 1}')
    reply = auto.chat(messages=messages, stream=stream, **fields)
    assert heard(reply).text.replace(" ", "") == '{"a":1}'
    assert len(onemin.native_calls) == 1
    assert not onemin.chats
    assert "x-relay-ignored" not in reply.headers


@whole_and_streamed
@pytest.mark.parametrize(
    "fields",
    [{}, {"stop": "a"}, {"max_tokens": 5}, {"web_search": True, "temperature": 1}],
)
def test_what_the_flat_chat_can_do_is_done_there(
    auto: ThreadedRelay, onemin: Simulator, fields: dict[str, Any], *, stream: bool
) -> None:
    reply = auto.chat(stream=stream, **fields)
    assert reply.status_code == 200
    assert len(onemin.chats) == 1
    assert not onemin.native_calls
    assert reply.headers.get("x-relay-ignored", "") == ", ".join({*fields} & {"temperature"})


@whole_and_streamed
def test_the_flat_chat_answers_for_a_model_that_native_does_not_list(
    auto: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    reply = auto.chat(model="open-mistral-nemo", temperature=1, stream=stream)
    assert heard(reply).text
    assert (len(onemin.chats), len(onemin.native_calls)) == (1, 0)
    assert reply.headers["x-relay-ignored"] == "temperature"


@whole_and_streamed
def test_the_flat_chat_answers_where_nothing_was_billed(
    auto: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script_native(error(404, "model_not_found"))
    onemin.script(says("Hello"))
    reply = auto.chat(temperature=1, stream=stream)
    assert heard(reply).text == "Hello"
    assert (len(onemin.native_calls), len(onemin.chats)) == (1, 1)
    assert reply.headers["x-relay-ignored"] == "temperature", "for it was not passed on"


@whole_and_streamed
@pytest.mark.parametrize("trouble", [html(500), error(429, None), error(401, None)])
def test_what_may_have_been_billed_is_not_asked_again(
    auto: ThreadedRelay, onemin: Simulator, trouble: Reply, *, stream: bool
) -> None:
    onemin.script_native(trouble)
    assert auto.chat(temperature=1, stream=stream).status_code >= 400
    assert (len(onemin.native_calls), len(onemin.chats)) == (1, 0)


def test_after_a_word_the_flat_chat_is_not_asked(
    auto: ThreadedRelay, onemin: Simulator
) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]}
    data = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    head = {"Content-Type": "text/event-stream"}
    onemin.script_native(Reply(headers=head, body=(data, Cut()), framing="chunked"))
    reply = auto.chat(temperature=1, stream=True)
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert not onemin.chats
