from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.domain.replies import replied
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Chat,
    Choice,
    Corrected,
    Event,
    Finish,
    Message,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolChoice,
    Usage,
    WebSearch,
)
from utils.domain.media import Sound
from utils.domain.reply import Reply, collect, total_usage

LENGTH = Finish("length", Usage(7, 2, "upstream", 9.0))


@pytest.mark.parametrize(
    ("batches", "reply"),
    [
        ([[TextDelta("Hel"), TextDelta("lo")], [Finish()]], replied(text="Hello")),
        (
            [[TextDelta("Hel")], [], [TextDelta("lo"), LENGTH]],
            replied(text="Hello", finish=LENGTH),
        ),
        (
            [[TextDelta(" a\n")], [TextDelta("\n b ")], [LENGTH]],
            replied(text=" a\n\n b ", finish=LENGTH),
        ),
        ([[], [LENGTH]], replied(finish=LENGTH)),
    ],
)
def test_a_stream_folds_into_the_answer_it_spells(
    batches: list[Sequence[Event]], reply: Reply
) -> None:
    assert collect(iter(batches)) == [reply]


def test_an_answer_is_folded_by_what_each_event_is() -> None:
    sound = Sound(b"a", "mp3", "hi")
    batches: list[Sequence[Event]] = [
        [ReasoningDelta("H"), ReasoningDelta("m"), TextDelta("So: ")],
        [CallBegun("c1", "f"), ArgumentsDelta('{"a":'), ArgumentsDelta("1}")],
        [TextDelta("and "), CallBegun("c2", "g"), Corrected("tool_calls")],
        [ArgumentsDelta("{}"), RefusalDelta("No"), sound, LENGTH],
    ]
    [reply] = collect(iter(batches))
    assert (reply.text, reply.reasoning, reply.refusal) == ("So: and ", "Hm", "No")
    assert reply.tool_calls == (ToolCall("c1", "f", '{"a":1}'), ToolCall("c2", "g", "{}"))
    assert (reply.sound, reply.finish) == (sound, LENGTH)
    kinds = [(run.index, run.kind) for run in reply.runs]
    assert kinds == [*enumerate(["reasoning", "text", "call", "text", "call", "refusal"])]


def test_choices_that_came_mixed_are_told_apart_and_in_order() -> None:
    batches: list[Sequence[Event]] = [
        [Choice(2), TextDelta("c")],
        [Choice(0), TextDelta("a")],
        [Choice(1), TextDelta("b")],
        [Choice(2), TextDelta("c"), LENGTH],
        [Choice(1), Finish()],
        [Choice(0), Finish()],
    ]
    assert collect(iter(batches)) == [
        replied(text="a"),
        replied(text="b"),
        replied(text="cc", finish=LENGTH),
    ]


COUNTED, GUESSED = Usage(7, 2, "upstream", 9.0), Usage(1, 1, "estimated")


@pytest.mark.parametrize(
    ("usages", "total"),
    [
        ([COUNTED, COUNTED], Usage(14, 4, "upstream", 18.0)),
        ([COUNTED, GUESSED], Usage(8, 3, "estimated", None)),
        ([None, COUNTED], COUNTED),
        ([None], None),
        ([], None),
    ],
)
def test_all_choices_together_cost_what_each_did(
    usages: list[Usage | None], total: Usage | None
) -> None:
    assert total_usage(Finish(usage=usage) for usage in usages) == total


def test_what_is_left_open_is_the_usual() -> None:
    said = Message(role="user", text="hi")
    assert (said.name, said.call_id, said.tool_calls) == ("", "", ())
    asked = Chat(model="m", messages=(said,))
    assert (asked.stream, asked.web_search) == (False, None)
    assert (asked.tools, asked.tool_choice) == ((), ToolChoice(required=False, name=""))
    assert (asked.stops, asked.max_tokens, asked.choices) == ((), None, 1)
    assert (asked.structure, asked.effort, asked.audio) == (None, "", None)
    assert WebSearch() == WebSearch(None, None)
    assert Finish() == Finish("stop", None)
    assert Usage(7, 2) == Usage(7, 2, "upstream", None)
