"""What the calls cost that one answer took."""

from __future__ import annotations

import pytest

from tests.domain.asking import Model, answer, chat, speaking, text_of
from utils.domain.chat import (
    ArgumentsDelta,
    Ask,
    Batches,
    CallBegun,
    Chat,
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from utils.domain.filters import EFFORTS, trying
from utils.domain.meter import Meter
from utils.errors import UpstreamFailed


def counted(asked: Chat, text: str) -> Usage:
    """By letters, so that each call can be told."""
    return Usage(len(asked.messages[0].text), len(text), "estimated")


def booked(ask: Ask) -> Ask:
    meter = Meter(counted)
    return meter.booked(meter.metered(ask))


def usage_of(ask: Ask) -> Usage | None:
    *_, finish = answer(ask, chat())
    assert isinstance(finish, Finish)
    return finish.usage


def test_a_finish_without_usage_gets_the_counted_one() -> None:
    batches = list(booked(speaking("Hel", "", "lo"))(chat()))
    assert batches[:3] == [[TextDelta("Hel")], [TextDelta("")], [TextDelta("lo")]]
    assert batches[3:] == [[Finish("stop", Usage(2, 5, "estimated"))]]


def test_a_usage_from_upstream_is_not_counted_again() -> None:
    finish = Finish("length", Usage(7, 2, credits=9.0))
    assert answer(booked(speaking("a", finish=finish)), chat()) == [TextDelta("a"), finish]


def test_thoughts_and_calls_count_as_words() -> None:
    events: list[Event] = [
        ReasoningDelta("Hm"),
        CallBegun("c", "add"),
        ArgumentsDelta("{}"),
        Finish(),
    ]
    assert usage_of(booked(Model(events))) == Usage(2, 7, "estimated")


@pytest.mark.parametrize("parts", [[], [""], ["", ""]])
def test_an_answer_without_a_letter_is_a_failure(parts: list[str]) -> None:
    with pytest.raises(UpstreamFailed, match=r"^The model answered with an empty text$"):
        answer(booked(speaking(*parts)), chat())


def test_an_answer_of_a_space_is_an_answer() -> None:
    assert text_of(answer(booked(speaking(" ")), chat())) == " "


def test_a_call_alone_is_an_answer() -> None:
    assert usage_of(booked(Model([CallBegun("c", "now"), Finish("tool_calls")])))


def test_a_batch_passes_before_the_next_is_asked_for() -> None:
    def one_then_trouble(asked: Chat) -> Batches:
        yield [TextDelta("a")]
        raise UpstreamFailed("broke")

    filtered = booked(one_then_trouble)(chat())
    assert next(filtered) == [TextDelta("a")]
    with pytest.raises(UpstreamFailed, match="broke"):
        next(filtered)


COUNTED = Finish(usage=Usage(7, 2, "upstream", 9.0))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (COUNTED, COUNTED, Usage(14, 4, "upstream", 18.0)),
        (COUNTED, Finish(), Usage(9, 3, "estimated", None)),
        (Finish(), Finish(), Usage(4, 4, "estimated", None)),
    ],
)
def test_every_call_that_an_answer_took_is_booked(
    first: Finish, second: Finish, together: Usage
) -> None:
    meter = Meter(counted)
    once = meter.metered(speaking("abc", finish=first))
    again = meter.metered(speaking("d", finish=second))

    def twice(asked: Chat) -> Batches:
        yield from once(asked)
        yield from again(asked)

    *_, finish = answer(meter.booked(twice), chat())
    assert finish == Finish(usage=together)


def test_a_call_that_was_broken_off_is_booked_as_far_as_it_was_heard() -> None:
    def cut_short(asked: Chat) -> Batches:
        batches = metered(asked)
        yield next(batches)
        batches.close()
        yield [Finish("length")]

    meter = Meter(counted)
    model = speaking("abc", "def", finish=COUNTED)
    metered = meter.metered(model)
    *_, finish = answer(meter.booked(cut_short), chat())
    assert finish == Finish("length", Usage(2, 3, "estimated"))
    assert model.closed == 1


def test_closing_the_booked_answer_closes_the_model() -> None:
    model = speaking("a", "b")
    batches = booked(model)(chat())
    next(batches)
    assert not model.closed
    batches.close()
    assert (model.closed, model.given) == (1, 1)


# How hard to think


@pytest.mark.parametrize("effort", EFFORTS)
def test_how_hard_to_think_is_said_in_words_before_all_else(effort: str) -> None:
    model = speaking("a")
    answer(trying(model), chat(effort=effort))
    [asked] = model.asked
    wish, *others = asked.messages
    assert (wish.role, wish.text) == ("system", EFFORTS[effort])
    assert tuple(others) == chat().messages


def test_each_effort_has_words_of_its_own() -> None:
    assert len({*EFFORTS.values()}) == len(EFFORTS)
    assert "medium" not in EFFORTS, "it is what a model does anyway"
