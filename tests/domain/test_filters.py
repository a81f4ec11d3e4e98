from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest

from utils.domain.chat import Event, Finish, TextDelta, Usage
from utils.domain.filters import completed
from utils.errors import UpstreamFailed


def spoken(parts: Iterable[str]) -> Iterator[Sequence[Event]]:
    return iter([*[[TextDelta(part)] for part in parts], [Finish()]])


def text_of(batches: Iterable[Sequence[Event]]) -> str:
    return "".join(
        event.text for batch in batches for event in batch if isinstance(event, TextDelta)
    )


def counted(text: str) -> Usage:
    return Usage(0, len(text), "estimated")


def test_a_finish_without_usage_gets_the_counted_one() -> None:
    batches = list(completed(spoken(["Hel", "", "lo"]), counted))
    assert batches[:3] == [[TextDelta("Hel")], [TextDelta("")], [TextDelta("lo")]]
    assert batches[3:] == [[Finish("stop", Usage(0, 5, "estimated"))]]


def test_a_usage_from_upstream_is_not_counted_again() -> None:
    def never(text: str) -> Usage:
        raise AssertionError("counted")

    batches: list[Sequence[Event]] = [[], [TextDelta("a"), Finish("length", Usage(7, 2))]]
    assert list(completed(iter(batches), never)) == batches


@pytest.mark.parametrize("parts", [[], [""], ["", ""]])
def test_an_answer_without_a_letter_is_a_failure(parts: list[str]) -> None:
    with pytest.raises(UpstreamFailed, match=r"^The model answered with an empty text$"):
        list(completed(spoken(parts), counted))


def test_an_answer_of_a_space_is_an_answer() -> None:
    assert text_of(completed(spoken([" "]), counted)) == " "


def test_a_batch_passes_before_the_next_is_asked_for() -> None:
    def one_then_trouble() -> Iterator[Sequence[Event]]:
        yield [TextDelta("a")]
        raise UpstreamFailed("broke")

    filtered = completed(one_then_trouble(), counted)
    assert next(filtered) == [TextDelta("a")]
    with pytest.raises(UpstreamFailed, match="broke"):
        next(filtered)
