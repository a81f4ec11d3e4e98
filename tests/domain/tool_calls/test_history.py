from __future__ import annotations

from dataclasses import replace

from tests.domain.scripted import Scripted
from tests.domain.tool_calls.reading import FRAME
from tests.domain.tool_calls.test_emulation import ASKED, PARIS, answered, calls
from utils.domain.chat import Message, ToolCall
from utils.domain.tool_calls.emulation import rendered


def history(*messages: Message) -> list[Message]:
    chat = replace(ASKED, messages=(Message(role="user", text="hi"), *messages))
    return [*rendered(chat, FRAME).messages[2:]]


CALLED = Message(
    role="assistant",
    text="Let me see.",
    tool_calls=(
        ToolCall("a", "get_weather", '{"city":"Paris"}'),
        ToolCall("b", "get-time", ""),
    ),
)


def test_earlier_calls_read_as_the_next_should_be_written() -> None:
    [told] = history(CALLED)
    assert told == Message(
        role="assistant",
        text="\n".join(
            [
                "Let me see.",
                FRAME.call("get_weather", '{"city":"Paris"}'),
                FRAME.call("get-time", "{}"),
            ]
        ),
    )
    reply = answered(Scripted(told.text))
    assert reply.text == "Let me see."
    assert calls(reply) == [("get_weather", {"city": "Paris"}), ("get-time", {})]


def test_a_call_without_words_has_none_before_it() -> None:
    [told] = history(replace(CALLED, text=""))
    assert told.text.startswith(FRAME.opening)


def test_results_come_in_the_order_of_their_calls_and_by_their_names() -> None:
    told = history(
        CALLED,
        Message(role="tool", text="noon", call_id="b"),
        Message(role="tool", text="", call_id="a"),
        Message(role="tool", text="whose?", call_id="z"),
    )
    assert told[1:] == [
        Message(role="tool", text="", name="get_weather, call 1 of 2"),
        Message(role="tool", text="noon", name="get-time, call 2 of 2"),
        Message(role="tool", text="whose?", call_id="z"),
    ]


def test_the_result_of_an_only_call_has_its_name_alone() -> None:
    only = replace(CALLED, tool_calls=CALLED.tool_calls[:1])
    told = history(only, Message(role="tool", text="sunny", call_id="a"))
    assert told[1] == Message(role="tool", text="sunny", name="get_weather")


def test_three_rounds_of_calls_are_told_in_full() -> None:
    messages = [Message(role="user", text="Go.")]
    for number in range(3):
        chat = replace(ASKED, messages=tuple(messages))
        reply = answered(Scripted(PARIS), chat)
        [call] = reply.tool_calls
        call = replace(call, id=f"call_{number}")
        messages += [
            Message(role="assistant", text=reply.text, tool_calls=(call,)),
            Message(role="tool", text=f"result {number}", call_id=call.id),
        ]
    told = rendered(replace(ASKED, messages=tuple(messages)), FRAME)
    assert [message.text for message in told.messages if message.role == "tool"] == [
        "result 0",
        "result 1",
        "result 2",
    ]
    assert all(message.name == "get_weather" for message in told.messages[3::2])
