"""An answer ends before the first of its stop sequences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts
from tests.domain.asking import Model, answer, chat, speaking, text_of
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from utils.domain.filters import stopping


def stopped(text: str, stops: tuple[str, ...]) -> str:
    """Before what a model that writes letter by letter completes first."""
    for end in range(len(text) + 1):
        lengths = [len(stop) for stop in stops if text[:end].endswith(stop)]
        if lengths:
            return text[: end - max(lengths)]
    return text


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("one two three", (" two",)),
        ("one two three", ("two", "one")),
        ("one two three", ("e two", "e")),
        ("a.b*c", (".", "*")),
        ("Hello\n\nUser: no", ("\nUser:",)),
        ("語语語", ("语",)),
        ("aaab", ("aab",)),
        ("ababac", ("abac",)),
        ("xab", ("abc", "b")),
        ("aba", ("b", "aba")),
        ("xab", ("abcd", "abc")),
        ("the end", ("the end.",)),
        ("END", ("END",)),
        ("one", ("four", "five", "six", "one")),
        ("stop", ("STOP",)),
    ],
)
def test_the_answer_ends_at_the_first_stop_however_it_is_cut(
    text: str, stops: tuple[str, ...]
) -> None:
    for parts in cuts(text):
        *events, finish = answer(stopping(speaking(*parts)), chat(stops=stops))
        assert text_of(events) == stopped(text, stops), parts
        assert isinstance(finish, Finish)
        assert finish.reason == "stop"
        met = finish.stop_sequence
        assert text.startswith(stopped(text, stops) + met)
        assert bool(met) == any(stop in text for stop in stops)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    text=st.text("ab\n", max_size=30),
    stops=st.lists(st.text("ab\n", min_size=1, max_size=5), min_size=1, max_size=4),
    places=PLACES,
)
def test_any_stop_in_any_text_is_found(text: str, stops: list[str], places: list[int]) -> None:
    told = answer(stopping(speaking(*cut_at(text, places))), chat(stops=tuple(stops)))
    assert text_of(told) == stopped(text, tuple(stops))


def test_the_model_is_left_as_soon_as_a_stop_came() -> None:
    model = speaking("one ", "two ", "three ", "four")
    events = answer(stopping(model), chat(stops=("two",)))
    assert events == [TextDelta("one "), Finish("stop", stop_sequence="two")]
    assert (model.given, model.closed) == (2, 1)


def test_no_more_is_held_back_than_what_may_become_a_stop() -> None:
    batches = stopping(speaking("one E", "N", "d", "END", "never"))(chat(stops=("END",)))
    assert [text_of(batch) for batch in batches] == ["one ", "", "ENd", ""]


def test_an_answer_without_a_stop_ends_as_the_model_ended_it() -> None:
    finish = Finish("length", Usage(7, 2), (Citation("https://a.example"),))
    events = answer(stopping(speaking("one E", finish=finish)), chat(stops=("END",)))
    assert events == [TextDelta("one "), TextDelta("E"), finish]


def test_only_text_can_hold_a_stop() -> None:
    events: list[Event] = [
        ReasoningDelta("END"),
        TextDelta("one E"),
        CallBegun("c", "END"),
        ArgumentsDelta('"END"'),
        TextDelta("ND"),
        Finish("tool_calls"),
    ]
    told = answer(stopping(Model(events)), chat(stops=("END",)))
    assert [event for event in told if not isinstance(event, TextDelta)] == [
        event for event in events if not isinstance(event, TextDelta)
    ]
    assert text_of(told) == "one END"


def test_a_stop_after_a_call_does_not_undo_the_call() -> None:
    events: list[Event] = [CallBegun("c", "f"), ArgumentsDelta("{}"), TextDelta("END")]
    *_, finish = answer(stopping(Model(events)), chat(stops=("END",)))
    assert finish == Finish("tool_calls", stop_sequence="END")


def test_silence_stays_silence() -> None:
    model = Model([], [TextDelta("a")], [], [Finish()])
    assert list(stopping(model)(chat(stops=("b",)))) == [[], [TextDelta("a")], [], [Finish()]]
