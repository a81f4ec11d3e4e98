from __future__ import annotations

from collections.abc import Sequence

import pytest

from utils.domain.chat import (
    Chat,
    Event,
    Finish,
    Message,
    Reply,
    TextDelta,
    Usage,
    WebSearch,
    collect,
)

LENGTH = Finish("length", Usage(7, 2, "upstream", 9.0))


@pytest.mark.parametrize(
    ("batches", "reply"),
    [
        ([[TextDelta("Hel"), TextDelta("lo")], [Finish()]], Reply("Hello", Finish())),
        ([[TextDelta("Hel")], [], [TextDelta("lo"), LENGTH]], Reply("Hello", LENGTH)),
        ([[TextDelta(" a\n")], [TextDelta("\n b ")], [LENGTH]], Reply(" a\n\n b ", LENGTH)),
        ([[], [LENGTH]], Reply("", LENGTH)),
    ],
)
def test_a_stream_folds_into_the_answer_it_spells(
    batches: list[Sequence[Event]], reply: Reply
) -> None:
    assert collect(iter(batches)) == reply


def test_what_is_left_open_is_the_usual() -> None:
    said = Message(role="user", text="hi")
    assert (said.name, said.call_id, said.tool_calls) == ("", "", ())
    asked = Chat(model="m", messages=(said,))
    assert (asked.stream, asked.web_search) == (False, None)
    assert WebSearch() == WebSearch(None, None)
    assert Finish() == Finish("stop", None)
    assert Usage(7, 2) == Usage(7, 2, "upstream", None)
