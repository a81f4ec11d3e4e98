"""What a model thinks aloud is told apart from what it answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts
from tests.domain.asking import Model, answer, chat, speaking, text_of
from utils.domain.chat import (
    CallBegun,
    Corrected,
    Event,
    Finish,
    Native,
    ReasoningDelta,
    TextDelta,
)
from utils.domain.filters import thinking

LONGEST_OPENING = len("    <thinking>    ")


@pytest.mark.parametrize(
    ("text", "reasoning", "rest"),
    [
        ("<think>Hm.</think>Hello", "Hm.", "Hello"),
        ("<think>\nHm.\n</think>\n\nHello", "Hm.\n", "Hello"),
        ("<think>\n# Plan\n\n</think>\n\n", "# Plan\n\n", ""),
        (" \n<thinking> Hm. </thinking> Hello \n", "Hm. ", "Hello \n"),
        ("<think>a < b </b> </thin k></think>c", "a < b </b> </thin k>", "c"),
        ("<think></think>Hello", "", "Hello"),
        ("<think>\n\n</think>\n\nHello", "", "Hello"),
        ("<think>Hm.</think>\n\n# Title\n", "Hm.", "# Title\n"),
        ("<think>Hm.</think>\n// note\n/* a */ b", "Hm.", "// note\n/* a */ b"),
        ("<think>Hm.</think>\n<think>again</think>", "Hm.", "<think>again</think>"),
        ("<think>Hm.</think>", "Hm.", ""),
        ("<think>never closed", "never closed", ""),
        ("<think>nearly closed</thin", "nearly closed</thin", ""),
        # What comes first decides, and only what is spelt so.
        ("So <think>Hm.</think>Hello", "", "So <think>Hm.</think>Hello"),
        ("     <think>Hm.</think>", "", "     <think>Hm.</think>"),
        ("<thin", "", "<thin"),
        ("<think", "", "<think"),
        ("<thinker>Rodin</thinker>", "", "<thinker>Rodin</thinker>"),
        ("<THINK>Hm.</THINK>", "", "<THINK>Hm.</THINK>"),
        ("</think>Hello", "", "</think>Hello"),
        (" \n Hello", "", " \n Hello"),
        ("", "", ""),
    ],
)
def test_thoughts_are_told_apart_however_the_text_is_cut(
    text: str, reasoning: str, rest: str
) -> None:
    for parts in cuts(text):
        events = answer(thinking(speaking(*parts)), chat())
        assert text_of(events, ReasoningDelta) == reasoning, parts
        assert text_of(events) == rest, parts
        assert events[-1] == Finish()


@settings(derandomize=True, deadline=None, max_examples=300)
@given(text=st.text("<think>/ \na", max_size=30), places=PLACES)
def test_nothing_else_is_ever_lost_or_held_back_for_long(text: str, places: list[int]) -> None:
    """Behind a letter that opens no thought."""
    text = f"a{text}"
    heard = given = ""
    parts = cut_at(text, places)
    for batch, part in zip(thinking(speaking(*parts))(chat()), parts, strict=False):
        given += part
        heard += text_of(batch)
        assert heard == given
    assert heard == text


@pytest.mark.parametrize("opening", ["", "<", " <thi", "    <thinking", "<think>"])
def test_no_more_is_held_back_than_an_opening(opening: str) -> None:
    text = f"{opening}{'x' * 50}"
    heard = 0
    batches = zip(range(1, len(text) + 1), thinking(speaking(*text))(chat()), strict=False)
    for sent, batch in batches:
        heard += len(text_of(batch)) + len(text_of(batch, ReasoningDelta))
        assert sent - heard <= LONGEST_OPENING


def test_a_thought_is_told_while_it_is_thought() -> None:
    batches = thinking(speaking("<think>Let", " me", " see</think>", "Yes"))(chat())
    assert [text_of(next(batches), ReasoningDelta) for _ in range(3)] == ["Let", " me", " see"]


def test_what_is_no_text_passes_in_its_place() -> None:
    call = CallBegun("c", "f")
    batches: list[list[Event]] = [
        [],
        [Native()],
        [Corrected("tool_calls"), TextDelta("<think>Hm")],
        [TextDelta("</think> a"), call, Finish()],
    ]
    assert list(thinking(Model(*batches))(chat())) == [
        [],
        [Native()],
        [Corrected("tool_calls"), ReasoningDelta("Hm")],
        [TextDelta("a"), call, Finish()],
    ]


def test_thoughts_that_the_back_end_tells_apart_itself_are_not_searched() -> None:
    batches: list[list[Event]] = [[ReasoningDelta("Hm")], [TextDelta("<think>a</think>")]]
    assert list(thinking(Model(*batches))(chat())) == batches


def test_closing_the_answer_closes_the_model() -> None:
    model = speaking("<think>Hm", "</think>a", "b")
    batches = thinking(model)(chat())
    next(batches)
    batches.close()
    assert (model.closed, model.given) == (1, 1)
