from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from tests.domain.scripted import Scripted, stopped
from tests.domain.tool_calls.reading import FRAME, TOOLS, ids, tool
from utils.domain.chat import (
    CallBegun,
    Chat,
    Corrected,
    Event,
    Finish,
    Message,
    ReasoningDelta,
    TextDelta,
    ToolChoice,
    Usage,
)
from utils.domain.reply import Reply, collect
from utils.domain.tool_calls.emulation import calling, rendered
from utils.errors import InvalidRequest, UnusableAnswer

ASKED = Chat(
    model="m", messages=(Message(role="user", text="What is the weather?"),), tools=TOOLS
)
PARIS = FRAME.call("get_weather", '{"city": "Paris"}')
ROME = FRAME.call("get_weather", '{"city": "Rome"}')
UNKNOWN = FRAME.call("get_stock_price", '{"symbol": "MSFT"}')
UNFIT = FRAME.call("get_weather", '{"city": "Paris", "days": "many"}')
STREAMED = replace(ASKED, stream=True)


def asked(model: Scripted, chat: Chat = ASKED) -> list[Sequence[Event]]:
    return list(calling(model, FRAME, ids())(chat))


def answered(model: Scripted, chat: Chat = ASKED) -> Reply:
    [reply] = collect(asked(model, chat))
    return reply


def calls(reply: Reply) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in reply.tool_calls]


def test_a_good_call_takes_one_answer() -> None:
    model = Scripted(f"Let me see. {PARIS}")
    reply = answered(model)
    assert reply.text == "Let me see."
    assert calls(reply) == [("get_weather", {"city": "Paris"})]
    assert reply.finish.reason == "tool_calls"
    assert (len(model.asked), model.closed) == (1, 1)


def test_an_answer_without_a_call_stays_what_it_is() -> None:
    reply = answered(Scripted("It is sunny."))
    assert (reply.text, reply.tool_calls, reply.finish) == ("It is sunny.", (), Finish())


def test_usage_and_thoughts_pass() -> None:
    end = Finish(usage=Usage(3, 4))
    reply = answered(Scripted([[ReasoningDelta("Hm."), TextDelta(PARIS)], [end]]))
    assert reply.reasoning == "Hm."
    assert reply.finish == replace(end, reason="tool_calls")


@pytest.mark.parametrize("bad", [UNKNOWN, UNFIT, f"{FRAME.opening}nothing{FRAME.closing}"])
def test_after_a_bad_call_the_model_is_asked_once_more(bad: str) -> None:
    model = Scripted(f"Let me see. {bad} Done.", PARIS)
    batches = asked(model)
    [reply] = collect(batches)
    assert [event for batch in batches for event in batch if isinstance(event, Corrected)] == [
        Corrected("tool_calls")
    ]
    assert reply.text == "Let me see. Done."
    assert calls(reply) == [("get_weather", {"city": "Paris"})]
    assert reply.finish.reason == "tool_calls"
    assert (len(model.asked), model.closed) == (2, 2)


def test_the_model_is_told_what_it_wrote_and_what_was_wrong() -> None:
    model = Scripted(f"Let me see. {UNKNOWN}", PARIS)
    answered(model)
    first, second = model.asked
    assert second.messages[: len(first.messages)] == first.messages
    answer, demand = second.messages[len(first.messages) :]
    assert (answer.role, answer.text) == ("assistant", f"Let me see. {UNKNOWN}")
    assert (demand.role, demand.text) == (
        "user",
        FRAME.correction("there is no tool named get_stock_price"),
    )


@pytest.mark.parametrize("again", [UNKNOWN, UNFIT, "I am sorry.", PARIS.replace("Paris", '"')])
def test_after_two_bad_calls_the_answer_is_an_error(again: str) -> None:
    model = Scripted(UNKNOWN, again)
    with pytest.raises(UnusableAnswer, match="also when asked again"):
        answered(model)
    assert len(model.asked) == 2


def test_the_correction_completes_a_call_that_was_told_in_part() -> None:
    again = FRAME.call("get_weather", '{"city": "Paris", "days": 3, "hourly": true}')
    batches = asked(Scripted(UNFIT, again), STREAMED)
    [reply] = collect(batches)
    assert calls(reply) == [("get_weather", {"city": "Paris", "days": 3, "hourly": True})]
    begun = [event for batch in batches for event in batch if isinstance(event, CallBegun)]
    assert [event.id for event in begun] == ["call_1"]


@pytest.mark.parametrize(
    "again",
    [
        FRAME.call("get_weather", '{"city": "Rome", "days": 3, "hourly": true}'),
        FRAME.call("get-time", "{}"),
    ],
)
def test_a_correction_that_means_something_else_only_counts_if_nobody_read_along(
    again: str,
) -> None:
    with pytest.raises(UnusableAnswer):
        answered(Scripted(UNFIT, again), STREAMED)
    [(name, _)] = calls(answered(Scripted(UNFIT, again)))
    assert name in again


def test_the_correction_may_call_more_tools() -> None:
    again = f"{FRAME.call('get-time', '{}')}\n{ROME}"
    reply = answered(Scripted(f"{PARIS}\n{UNKNOWN}", again))
    assert [name for name, _ in calls(reply)] == ["get_weather", "get-time", "get_weather"]
    assert len({call.id for call in reply.tool_calls}) == 3


def test_while_the_second_answer_comes_there_are_batches_without_anything() -> None:
    batches = asked(Scripted(UNKNOWN, PARIS))
    corrected = batches.index([Corrected("tool_calls")])
    assert [] in batches[corrected:]


def test_an_answer_that_was_stopped_is_not_asked_for_again() -> None:
    model = Scripted(stopped('<tool_call_k3f9>{"name": "write_file", "arguments": {"path": "a'))
    reply = answered(model)
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        ("write_file", '{"path":"a')
    ]
    assert reply.finish.reason == "length"
    assert len(model.asked) == 1


def test_a_call_that_breaks_off_is_asked_for_again() -> None:
    model = Scripted(PARIS[:-30], PARIS)
    assert calls(answered(model)) == [("get_weather", {"city": "Paris"})]
    assert len(model.asked) == 2


def test_a_string_that_breaks_off_is_taken_up_again() -> None:
    whole = FRAME.call("write_file", '{"path": "a.py", "content": "import os\\nprint()"}')
    model = Scripted(whole[: whole.index("os")], whole)
    told = {"path": "a.py", "content": "import os\nprint()"}
    assert calls(answered(model, STREAMED)) == [("write_file", told)]


def test_a_string_that_begins_another_way_cannot_be_taken_up() -> None:
    whole = FRAME.call("write_file", '{"path": "a.py", "content": "import os"}')
    with pytest.raises(UnusableAnswer):
        answered(
            Scripted(whole[: whole.index(" os")], whole.replace("import", "from")), STREAMED
        )


def test_where_a_tool_must_be_called_prose_is_asked_for_again() -> None:
    for choice in (ToolChoice(required=True), ToolChoice(name="get_weather")):
        model = Scripted("It is sunny.", PARIS)
        reply = answered(model, replace(ASKED, tool_choice=choice))
        assert (reply.text, calls(reply)) == (
            "It is sunny.",
            [("get_weather", {"city": "Paris"})],
        )
        assert "must call" in model.asked[0].messages[0].text


def test_where_one_tool_must_be_called_only_that_is_declared() -> None:
    model = Scripted(PARIS)
    answered(model, replace(ASKED, tool_choice=ToolChoice(name="get_weather")))
    instructions = model.asked[0].messages[0].text
    assert "must call the tool get_weather" in instructions
    assert "write_file" not in instructions


def test_a_tool_that_must_be_called_and_is_not_declared_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        answered(Scripted(), replace(ASKED, tool_choice=ToolChoice(name="nope")))
    assert refused.value.param == "tool_choice"


def test_one_call_is_enough_where_several_are_not_wanted() -> None:
    model = Scripted(f"{PARIS}\n{FRAME.call('get-time', '{}')}")
    reply = answered(model, replace(ASKED, parallel_calls=False))
    assert calls(reply) == [("get_weather", {"city": "Paris"})]
    assert "one block at most" in model.asked[0].messages[0].text


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/a.json", "file:///etc/passwd"])
def test_a_schema_that_leads_elsewhere_is_refused_by_its_place(reference: str) -> None:
    model = Scripted()
    tools = (TOOLS[0], tool("bad", {"a": {"$ref": reference}}))
    with pytest.raises(InvalidRequest) as refused:
        answered(model, replace(ASKED, tools=tools))
    assert refused.value.param == "tools[1].function.parameters"
    assert not model.asked


def test_a_tool_declared_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        answered(Scripted(), replace(ASKED, tools=(TOOLS[0], TOOLS[0])))
    assert refused.value.param == "tools[1].function.name"


def test_who_leaves_closes_what_was_asked() -> None:
    model = Scripted(f"Let me see. {PARIS}")
    with closing(calling(model, FRAME, ids())(ASKED)) as batches:
        next(batches)
    assert model.closed == 1


def test_instructions_stand_behind_the_system_messages() -> None:
    told = rendered(
        replace(ASKED, messages=(Message(role="system", text="Be brief."), *ASKED.messages)),
        FRAME,
    )
    assert [message.role for message in told.messages] == ["system", "system", "user"]
    assert told.messages[1].text == FRAME.instructions(TOOLS, ToolChoice(), several=True)
    assert not told.tools


def test_the_example_in_the_instructions_is_a_call_that_is_read() -> None:
    for one in (*TOOLS, tool("bare", {}), tool("deep", {"a": {"type": ["object", "null"]}})):
        instructions = FRAME.instructions([one], ToolChoice(), several=True)
        example = instructions[instructions.index(FRAME.opening) :]
        example = example[: example.index(FRAME.closing) + len(FRAME.closing)]
        chat = replace(ASKED, tools=(one,))
        assert [name for name, _ in calls(answered(Scripted(example), chat))] == [one.name]
