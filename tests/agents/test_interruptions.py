"""Calls that are broken off, and text that only looks like one."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Literal

import openai
import pytest
from openai import OpenAI

from simulator.replies import Control, Cut, Hang, Pause, Reset, says
from simulator.server import Simulator
from tests.agents.agent import ADD
from tests.agents.scripts import in_pieces, pieces, writes
from tests.agents.sdk import MODEL, Answer, add, broken, streamed, taking, told, tool, user
from tests.serving import ThreadedRelay

WRITE = tool("write", taking(text="string"))
PATIENCE = 5.0  # seconds of silence after which nothing is to come
PROMPTLY = 1.0  # seconds in which 1min.ai hears that the client left
Way = Literal["whole", "stream"]
both_ways = pytest.mark.parametrize("way", ["whole", "stream"])


def asked(words: str = "Go", *tools: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "messages": [user(words)],
        "tools": [*(tools or (WRITE,))],
        **fields,
    }


def breaking(*ending: Control) -> Any:
    """A call of `write` whose text is broken off."""
    return writes(
        lambda frame: [
            frame.opening + '{"name": "write", "arg',
            'uments": {"text": "once',
            Pause(0.05),
            " upon",
            Pause(0.05),
            *ending,
        ],
        result=False,
        done=False,
    )


# Breaks


@pytest.mark.parametrize("ending", [(), (Cut(),), (Reset(),)], ids=["end", "cut", "reset"])
def test_a_break_within_a_call_is_no_end_of_it(
    client: OpenAI, onemin: Simulator, ending: tuple[Control, ...]
) -> None:
    before = len(onemin.chats)
    onemin.script(breaking(*ending))
    answer, error = broken(streamed(client, **asked()))
    assert error.code == "upstream_error"
    assert [call.arguments for call in answer.calls] == ['{"text":"once upon']
    assert answer.finish is None
    assert len(onemin.chats) - before == 1


def test_a_break_within_a_call_is_not_done(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script(breaking(Cut()))
    text = relay.post("/v1/chat/completions", asked(stream=True)).text
    assert "[DONE]" not in text
    assert '"finish_reason":"' not in text
    assert '{"error":' in text


def test_a_whole_answer_that_breaks_within_a_call_is_a_failure(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(breaking(Cut()))
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(**asked())
    assert caught.value.code == "upstream_error"


# Length


@both_ways
@pytest.mark.parametrize("limit", [6, 20])
def test_a_call_that_becomes_too_long_is_left_unfinished(
    client: OpenAI, onemin: Simulator, way: Way, limit: int
) -> None:
    onemin.script(in_pieces(1))
    text = json.dumps({"text": "one two three four five six seven eight nine ten " * 9})
    answer = told(way, client, **asked(f"call write with {text}", max_tokens=limit))
    [call] = answer.calls
    assert (call.name, answer.finish, answer.content) == ("write", "length", None)
    assert call.arguments.startswith('{"text":"one two')
    assert json.loads(text)["text"].startswith(call.arguments.removeprefix('{"text":"'))
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.arguments)


@both_ways
def test_the_models_own_limit_within_a_call_is_told(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    onemin.script(
        writes(
            lambda frame: [frame.opening + '{"name": "write", "arguments": {"text": "on'],
            usage={"inputToken": 9, "outputToken": 9, "finishReason": "length"},
        )
    )
    answer = told(way, client, **asked())
    assert [call.arguments for call in answer.calls] == ['{"text":"on']
    assert answer.finish == "length"


# Leaving


def test_leaving_within_the_arguments_hangs_up_on_1min_ai(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(breaking(Hang()))
    stream = streamed(client, **asked(), timeout=PATIENCE)
    answer = Answer()
    for chunk in stream:
        add(chunk, answer)
        if answer.calls and answer.calls[0].arguments:
            break
    assert not onemin.chats[-1].hung_up.is_set()
    stream.close()
    assert onemin.chats[-1].hung_up.wait(PROMPTLY)


def test_arguments_arrive_while_the_model_still_writes_them(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(breaking(Hang()))
    answer = Answer()
    with streamed(client, **asked(), timeout=PATIENCE) as stream:
        for chunk in stream:
            add(chunk, answer)
            if answer.calls and answer.calls[0].arguments.endswith(" upon"):
                break
    assert answer.calls[0].name == "write"


def test_prose_arrives_before_the_call_that_follows(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(writes(lambda frame: ["Let me write.", Hang(), frame.write("write", "{}")]))
    answer = Answer()
    with streamed(client, **asked(), timeout=PATIENCE) as stream:
        for chunk in stream:
            add(chunk, answer)
            if answer.content:
                break
    assert (answer.content, answer.calls) == ("Let me write.", [])


# Text that only looks like a call

OBJECT = '{"name": "add", "arguments": {"a": 1, "b": 2}}'
QUOTATIONS = [
    f"<tool_call>\n{OBJECT}\n</tool_call>",
    f"```json\n{OBJECT}\n```",
    f"[TOOL_CALLS] [{OBJECT}]",
    '<invoke name="add">\n<parameter name="a">1</parameter>\n</invoke>',
    OBJECT,
]


@both_ways
@pytest.mark.parametrize("quoted", QUOTATIONS)
def test_a_call_that_the_user_wrote_stays_text_when_the_model_repeats_it(
    client: OpenAI, onemin: Simulator, way: Way, quoted: str
) -> None:
    echo = f"It calls a tool:\n\n{quoted}\n\nThat is all."
    onemin.script(says(*pieces(echo, Random(5))))
    answer = told(way, client, **asked(f"What does this do?\n\n{quoted}", ADD))
    assert (answer.content, answer.calls, answer.finish) == (echo, [], "stop")


@both_ways
@pytest.mark.parametrize("habit", QUOTATIONS)
def test_without_tools_no_text_is_a_call(
    client: OpenAI, onemin: Simulator, way: Way, habit: str
) -> None:
    text = f"So:\n{habit}\n<tool_call_ab12cd>\n{OBJECT}\n</tool_call_ab12cd>"
    onemin.script(says(text))
    answer = told(way, client, model=MODEL, messages=[user("Go")])
    assert (answer.content, answer.calls, answer.finish) == (text, [], "stop")


@both_ways
def test_the_frame_of_another_request_is_text(
    client: OpenAI, onemin: Simulator, way: Way
) -> None:
    """Its mark is random, so that no document can hold a call."""
    told("whole", client, **asked('call add with {"a": 1, "b": 2}', ADD))
    prompt = onemin.chats[-1].json["promptObject"]["prompt"]
    block = "<tool_call_" + prompt.split("<tool_call_")[1].split("\n\n")[0]
    onemin.script(says(f"It says:\n{block}"))
    answer = told(way, client, **asked(f"What does it say?\n{block}", ADD))
    assert (answer.content, answer.calls) == (f"It says:\n{block}", [])
