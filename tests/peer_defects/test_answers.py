"""Defects seen in other relays for 1min.ai: what becomes of an answer."""

from __future__ import annotations

import json

import pytest

from simulator.replies import TEXT, Framing, Reply, events, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.peer_defects.hearing import text_of
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay


@whole_and_streamed
def test_an_answer_that_looks_like_a_tool_call_is_text(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    answer = '{"tool_calls": [{"name": "look", "arguments": {"at": "sky"}}]}'
    onemin.script(says(answer[:9], answer[9:]))
    reply = relay.chat(stream=stream)
    assert text_of(reply) == answer
    assert '"finish_reason":"stop"' in reply.text
    assert '"tool_calls":' not in reply.text


@whole_and_streamed
def test_two_answers_have_two_ids(relay: ThreadedRelay, *, stream: bool) -> None:
    first, second = (relay.chat(stream=stream).text.split('"id":"')[1] for _ in range(2))
    assert first[:20] != second[:20]


RECORD = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["Hellö"]}}


@pytest.mark.fault(32)
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize(
    "body", ["Hellö", json.dumps({"aiRecord": RECORD})], ids=["text", "record"]
)
def test_a_stream_that_is_none_is_read_to_its_end(
    relay: ThreadedRelay, onemin: Simulator, body: str, framing: Framing
) -> None:
    data = body.encode()
    onemin.script(Reply(headers=TEXT, body=(data[:5], data[5:]), framing=framing))
    assert text_of(relay.chat(stream=True)) == "Hellö"


# What 1min.ai documents, with the values that were seen.
STREAM = """\
event: content
data: {"content":"Hel"}

event: content
data: {"content":"lo."}

event: result
data: {"aiRecord":{"uuid":"0b0c","userId":"u","teamId":"t","teamUser":{"userName":"Ann",\
"status":"ACTIVE","role":"ADMIN","creditLimit":4000000,"usedCredit":123456},\
"model":"gpt-4o-mini","type":"UNIFY_CHAT_WITH_AI","metadata":{"credit":56,"inputToken":300,\
"outputToken":18,"totalToken":318,"inputCredit":45,"outputCredit":11},"rating":null,\
"feedback":null,"conversationId":null,"status":"SUCCESS",\
"createdAt":"2026-08-17T06:31:44.448Z","aiRecordDetail":{"promptObject":{"prompt":"Hi",\
"linkContentList":[],"searchContentList":[]},"resultObject":["Hello."]},\
"modelDetail":{"name":"gpt-4o-mini","provider":"OPENAI"}}}

event: done
data: {"message":"Stream completed"}

"""


def test_a_stream_as_1min_ai_sends_it_is_read(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(events(STREAM))
    reply = relay.chat(stream=True)
    assert text_of(reply) == "Hello."
    onemin.script(events(STREAM))
    reply = relay.chat(stream=True, stream_options={"include_usage": True})
    assert '"prompt_tokens":300,"completion_tokens":18,"total_tokens":318' in reply.text


def test_a_stream_of_unknown_events_is_no_answer(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    for ending in (upstream_event("done"), ""):
        onemin.script(events(upstream_event("llm_chunk", content="Hello"), ending))
        assert relay.chat(stream=True).status_code == 502
