from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from simulator.replies import Cut, Pause, events, failure, refusal, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.serving import KEY, ThreadedRelay


def chunks(reply: requests.Response) -> list[dict[str, Any]]:
    frames = reply.text.split("\n\n")
    return [json.loads(f[6:]) for f in frames if f.startswith("data: {")]


def text_of(reply: requests.Response) -> str:
    choices = [chunk["choices"][0] for chunk in chunks(reply) if chunk.get("choices")]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def asked_of(onemin: Simulator) -> dict[str, Any]:
    body: dict[str, Any] = onemin.chats[-1].json
    return body


def test_an_answer_arrives_whole(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(says("Hel", "lo", usage={"inputToken": 7, "outputToken": 2, "credit": 9}))
    reply = relay.chat()
    assert reply.status_code == 200
    body = reply.json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "gpt-4o-mini"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    assert reply.headers["x-usage-source"] == "upstream"
    assert reply.headers["x-credits-used"] == "9"


def test_the_call_is_the_one_1min_ai_documents(relay: ThreadedRelay, onemin: Simulator) -> None:
    relay.chat()
    call = onemin.chats[-1]
    assert (call.method, call.path, call.query) == ("POST", "/api/chat-with-ai", {})
    assert call.headers["api-key"] == KEY
    assert "authorization" not in call.headers
    assert call.json == {
        "type": "UNIFY_CHAT_WITH_AI",
        "model": "gpt-4o-mini",
        "promptObject": {
            "prompt": "hi",
            "settings": {
                "webSearchSettings": {"webSearch": False},
                "historySettings": {"isMixed": False, "historyMessageLimit": 0},
                "withMemories": False,
            },
        },
    }


def test_a_stream_is_asked_for_as_a_stream(relay: ThreadedRelay, onemin: Simulator) -> None:
    relay.chat(stream=True)
    assert onemin.chats[-1].query == {"isStreaming": "true"}


def test_a_stream_has_one_id_a_role_first_and_an_end(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says(" Hel", "lo\n"))
    reply = relay.chat(stream=True)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert reply.headers["X-Accel-Buffering"] == "no"
    all_chunks = chunks(reply)
    assert len({(chunk["id"], chunk["created"], chunk["object"]) for chunk in all_chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in all_chunks]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"content": " Hel"},
        {"content": "lo\n"},
        {},
    ]
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in all_chunks]
    assert reasons == [None, None, None, "stop"]
    assert not any("usage" in chunk for chunk in all_chunks)
    assert reply.text.endswith("data: [DONE]\n\n")


def test_usage_comes_last_and_only_when_asked(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(says("Hello", usage={"inputToken": 7, "outputToken": 2}))
    *others, last = chunks(relay.chat(stream=True, stream_options={"include_usage": True}))
    assert all(chunk["usage"] is None for chunk in others)
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


@pytest.mark.parametrize("metadata", [None, {"inputToken": 0, "outputToken": 0}])
def test_what_upstream_does_not_count_is_counted_here(
    relay: ThreadedRelay, onemin: Simulator, metadata: dict[str, int] | None
) -> None:
    onemin.script(says("Hello world", usage=metadata))
    reply = relay.chat()
    assert reply.headers["x-usage-source"] == "estimated"
    assert reply.json()["usage"]["completion_tokens"] == 2
    assert reply.json()["usage"]["prompt_tokens"] == 7
    onemin.script(says("Hello world", usage=metadata))
    last = chunks(relay.chat(stream=True, stream_options={"include_usage": True}))[-1]
    assert last["usage"] == reply.json()["usage"]


@pytest.mark.parametrize(
    "pieces",
    [("ha", "ha"), ("ha", "ha", "haha"), (" two", "\n\n", "lines "), ("a\u2028b", "\x0c", "c")],
)
@pytest.mark.parametrize("result", [True, False])
def test_no_letter_is_lost_or_added(
    relay: ThreadedRelay, onemin: Simulator, pieces: tuple[str, ...], *, result: bool
) -> None:
    onemin.script(says(*pieces, "!", result=result), says(*pieces, "!"))
    assert text_of(relay.chat(stream=True)) == "".join(pieces) + "!"
    assert relay.chat().json()["choices"][0]["message"]["content"] == "".join(pieces) + "!"


def test_ha_ha_stays_haha(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(says("ha", "ha"), says("ha", "ha", result=False))
    assert text_of(relay.chat(stream=True)) == "haha"
    assert text_of(relay.chat(stream=True)) == "haha"


def test_the_whole_answer_sent_once_more_at_the_end_is_dropped(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(
        says("Hel", "lo", repeat_last=True),
        says("Hel", "lo", repeat_last=True, result=False),
        says("Hello", repeat_last=True),
    )
    assert [text_of(relay.chat(stream=True)) for _ in range(3)] == ["Hello"] * 3


def test_a_refusal_before_the_first_word_is_a_status(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(refusal(401, "HTTP_EXCEPTION", "The API key has been deleted"))
    reply = relay.chat(stream=True)
    assert reply.status_code == 401
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    "ending",
    [
        (Cut(),),
        (upstream_event("error", error="the model fell over"),),
        (upstream_event("error", message="the model fell over"),),
        (upstream_event("result", aiRecord={"status": "FAILURE", "aiRecordDetail": {}}),),
        ("event: content\ndata: {broken\n\n",),
    ],
    ids=["cut", "error", "message", "failure", "broken"],
)
def test_a_break_after_the_first_word_is_told_in_the_stream(
    relay: ThreadedRelay, onemin: Simulator, ending: tuple[Any, ...]
) -> None:
    onemin.script(events(upstream_event("content", content="Hel"), Pause(0.05), *ending))
    reply = relay.chat(stream=True)
    assert reply.status_code == 200
    assert text_of(reply) == "Hel"
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert "[DONE]" not in reply.text
    assert '"finish_reason":"stop"' not in reply.text


@pytest.mark.fault(20)
def test_a_failure_inside_http_200_is_a_failure(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    for stream in (False, True):
        onemin.script(failure("PROVIDER_ERROR", "the provider is down"))
        assert relay.chat(stream=stream).status_code == 502


def test_an_empty_answer_is_not_an_answer(relay: ThreadedRelay, onemin: Simulator) -> None:
    for stream in (False, True):
        onemin.script(says(""))
        reply = relay.chat(stream=stream)
        assert (reply.status_code, reply.json()["error"]["code"]) == (502, "upstream_error")


def test_an_answer_that_was_never_streamed_is_taken_from_the_record(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    record = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["Hello"]}}
    onemin.script(events(upstream_event("result", aiRecord=record), upstream_event("done")))
    assert text_of(relay.chat(stream=True)) == "Hello"


def test_a_conversation_becomes_one_prompt_with_a_cue(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    relay.chat(
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "In French."}]},
            {"role": "user", "content": " Weather? ", "name": "ann"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": ""},
            {"role": "function", "name": "g", "content": "sun"},
        ]
    )
    assert asked_of(onemin)["promptObject"]["prompt"] == (
        "### System:\nBe brief.\n\n"
        "### System:\nIn French.\n\n"
        "### User (ann):\n Weather? \n\n"
        "### Assistant:\n(called f, c1: {})\n\n"
        "### Tool result (c1):\n\n\n"
        "### Tool result (g):\nsun\n\n"
        "### Assistant:"
    )


def test_the_model_may_go_unnamed(relay_with: RelayFactory, onemin: Simulator) -> None:
    reply = relay_with().chat(model=None)
    assert reply.json()["model"] == asked_of(onemin)["model"] == "gpt-4o-mini"
    reply = relay_with(default_chat_model="gpt-4o").chat(model=None)
    assert reply.json()["model"] == asked_of(onemin)["model"] == "gpt-4o"


SEARCHING = {"webSearch": True, "numOfSite": 3, "maxWord": 1000}


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({"model": "gpt-4o-mini:online"}, SEARCHING),
        ({"web_search": True}, SEARCHING),
        ({"web_search_options": {}}, SEARCHING),
        ({"tools": [{"type": "retrieval"}]}, SEARCHING),
        ({"web_search": True, "num_of_site": 1, "max_word": 50},
         {"webSearch": True, "numOfSite": 1, "maxWord": 50}),
        ({"web_search": False}, {"webSearch": False}),
        ({"model": "gpt-4o-mini:online", "web_search": False}, {"webSearch": False}),
        ({"num_of_site": 5}, {"webSearch": False}),
    ],
)  # fmt: skip
def test_web_search_is_on_when_asked_for_and_only_then(
    relay: ThreadedRelay, onemin: Simulator, fields: dict[str, Any], settings: dict[str, Any]
) -> None:
    reply = relay.chat(**fields)
    assert reply.status_code == 200
    assert reply.json()["model"] == "gpt-4o-mini"
    asked = asked_of(onemin)
    assert asked["model"] == "gpt-4o-mini"
    assert asked["promptObject"]["settings"]["webSearchSettings"] == settings


def test_what_1min_ai_adds_about_pages_it_read_is_taken_out(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    ask = [{"role": "user", "content": "say exactly: see https://example.com/a \n🔍 Searching"}]
    for stream in (False, True):
        reply = relay.chat(messages=ask, web_search=True, stream=stream)
        text = text_of(reply) if stream else reply.json()["choices"][0]["message"]["content"]
        assert text == "see https://example.com/a \n🔍 Searching"


def test_fields_without_effect_are_named(relay: ThreadedRelay) -> None:
    reply = relay.chat(
        temperature=0.5, seed=None, user="u", max_tokens=9, unheard_of=1, top_p=1
    )
    assert reply.status_code == 200
    assert reply.headers["x-relay-ignored"] == "temperature, top_p, user"
    assert "x-relay-ignored" not in relay.chat().headers
