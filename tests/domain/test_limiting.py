"""An answer ends with the last token that was allowed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, pieces
from tests.domain.asking import Model, answer, chat, speaking, text_of
from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from utils.domain.filters import limiting
from utils.domain.token_budget import TokenBudget
from utils.tokens import counts

MODELS = ["gpt-4o-mini", "gpt-3.5-turbo", "claude-sonnet-4-5", "deepseek-chat", "mistral-nemo"]
TEXT = (
    "The quick brown fox jumps over a lazy dog outside the café, twice; déjà vu! "
    "語の数は 12,345.67 です。\n\n    return x  # 👩‍👩‍👧\n"
) * 3


def most(limit: int, model: str) -> int:
    """One token is always allowed, also where it counts for more than one."""
    return max(limit, counts.count("a", model))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("limit", [1, 2, 3, 10, 33, 64])
def test_as_many_tokens_are_said_as_were_allowed_and_no_more(model: str, limit: int) -> None:
    """A few letters are spared where one takes several tokens."""
    asked = chat(model=model, max_tokens=limit)
    for size in (4, 7, 16, 50, len(TEXT)):
        *told, finish = answer(limiting(speaking(*pieces(TEXT, size))), asked)
        said = text_of(told)
        assert finish == Finish("length")
        assert TEXT.startswith(said)
        assert counts.count(said, model) <= most(limit, model)
        assert counts.count(TEXT[: len(said) + 6], model) >= limit


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_answer_of_just_as_many_tokens_is_whole(model: str, size: int) -> None:
    finish = Finish("stop", Usage(7, 2))
    asked = chat(model=model, max_tokens=counts.count(TEXT, model))
    told = answer(limiting(speaking(*pieces(TEXT, size), finish=finish)), asked)
    assert (text_of(told), told[-1]) == (TEXT, finish)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    text=st.text(max_size=60),
    limit=st.integers(1, 40),
    places=PLACES,
    model=st.sampled_from(MODELS),
)
def test_an_answer_is_cut_only_where_it_became_too_long(
    text: str, limit: int, places: list[int], model: str
) -> None:
    budget, said, given = TokenBudget(limit, model), "", ""
    for part in cut_at(text, places):
        spent = budget.spend(part)
        said, given = said + spent, given + part
        if spent != part:
            break
    assert given.startswith(said)
    assert counts.count(said, model) <= most(limit, model)
    assert said == given or counts.count(given, model) > limit


def test_thoughts_and_arguments_are_tokens_too() -> None:
    events: list[Event] = [
        ReasoningDelta("one two"),
        TextDelta(" three"),
        CallBegun("c", "f"),
        ArgumentsDelta(" four five six"),
        Finish("tool_calls"),
    ]
    told = answer(limiting(Model(events)), chat(max_tokens=5))
    assert told == [*events[:3], ArgumentsDelta(" four five"), Finish("length")]


def test_the_model_is_left_once_the_last_token_was_said() -> None:
    model = speaking("one two", " three four", " five", " six")
    events = answer(limiting(model), chat(max_tokens=3))
    assert events == [TextDelta("one two"), TextDelta(" three"), Finish("length")]
    assert (model.given, model.closed) == (2, 1)


def test_a_long_answer_is_counted_in_little_time() -> None:
    model = speaking(*["word "] * 20_000)
    *told, finish = answer(limiting(model), chat(max_tokens=19_000))
    assert finish == Finish("length")
    assert counts.count(text_of(told), "gpt-4o-mini") == 19_000
