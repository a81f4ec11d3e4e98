from __future__ import annotations

from collections.abc import Sequence

from utils.domain.chat import (
    ArgumentsDelta,
    CallBegun,
    Citation,
    Corrected,
    Failed,
    Finish,
    Heartbeat,
    ReasoningDelta,
    TextDelta,
)
from utils.domain.runs import Added, Closed, Event, Opened, Run, RunEvent, runs
from utils.errors import UpstreamFailed

PAGE = Citation("https://example.org/")
CALL = CallBegun("c1", "f")


def told(*batches: Sequence[Event]) -> list[list[RunEvent]]:
    return [list(batch) for batch in runs(batches)]


def test_deltas_of_one_kind_are_one_run_over_batches_and_silence() -> None:
    run = Run(0, "text")
    finish = Finish()
    assert told([TextDelta("Hel")], [Heartbeat()], [TextDelta("lo"), finish]) == [
        [Opened(run), Added(run, "Hel")],
        [Heartbeat()],
        [Added(run, "lo"), Closed(Run(0, "text", "Hello")), finish],
    ]


def test_a_run_ends_where_another_kind_begins() -> None:
    thought, text = Run(0, "reasoning"), Run(1, "text")
    [batch, _] = told([ReasoningDelta("Hm"), TextDelta("So")], [Finish()])
    assert batch == [
        Opened(thought),
        Added(thought, "Hm"),
        Closed(Run(0, "reasoning", "Hm")),
        Opened(text),
        Added(text, "So"),
    ]


def test_each_call_is_a_run_even_without_arguments() -> None:
    second = CallBegun("c2", "g")
    [batch] = told([CALL, ArgumentsDelta("{"), ArgumentsDelta("}"), second, Finish()])
    closed = [event.run for event in batch if isinstance(event, Closed)]
    assert closed == [Run(0, "call", "{}", CALL), Run(1, "call", "", second)]


def test_a_note_is_told_in_its_place_and_ends_no_run() -> None:
    note = Corrected("tool_calls")
    [batch] = told([TextDelta("a"), note, TextDelta("b"), Finish()])
    assert note in batch
    assert [event.run for event in batch if isinstance(event, Closed)] == [Run(0, "text", "ab")]


def test_the_last_run_tells_the_citations() -> None:
    [batch] = told([CALL, TextDelta("a"), Finish(citations=(PAGE,))])
    ends = [event for event in batch if isinstance(event, Closed)]
    assert [end.citations for end in ends] == [(), (PAGE,)]


def test_what_broke_off_is_never_closed() -> None:
    failed = Failed(UpstreamFailed("gone"))
    run = Run(0, "text")
    assert told([TextDelta("a")], [failed]) == [[Opened(run), Added(run, "a")], [failed]]
