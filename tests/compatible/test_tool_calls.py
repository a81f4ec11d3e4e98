"""Tool calls in a stream: mixed, unnumbered, cut anywhere; told one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compatible.reading import DONE, calls, chunk, content, numbered, outcome, piece
from utils.compatible.chat import read_stream
from utils.domain.chat import ArgumentsDelta, CallBegun, Event, Finish, TextDelta
from utils.errors import UpstreamFailed

END = chunk("tool_calls") + DONE
CALLED = Finish("tool_calls")


def told(*called: tuple[str, str, str]) -> list[Event]:
    """Calls of an id, a name and arguments."""
    events: list[Event] = []
    for id, name, arguments in called:
        events += [CallBegun(id, name), ArgumentsDelta(arguments)]
    return [*events, CALLED]


TWO = told(("x", "add", '{"a":1}'), ("y", "sub", '{"b":2}'))


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("stream", "events"),
    [
        pytest.param(calls(*pieces), events, id=name)
        for name, pieces, events in [
            ("one after the other", [
                piece(0, "add", id="x"), piece(0, arguments='{"a":'), piece(0, arguments="1}"),
                piece(1, "sub", id="y"), piece(1, arguments='{"b":2}')], TWO),
            ("mixed", [
                piece(0, "add", '{"a"', id="x"), piece(1, "sub", '{"b"', id="y"),
                piece(1, arguments=":2}"), piece(0, arguments=":1}")], TWO),
            ("begun at once", [
                piece(0, "add", id="x"), piece(1, "sub", id="y"),
                piece(0, arguments='{"a":1}'), piece(1, arguments='{"b":2}')], TWO),
            ("the name in every piece", [
                piece(0, "add", '{"a":', id="x"), piece(0, "add", "1}", id="x"),
                piece(1, "sub", '{"b":2}', id="y")], TWO),
            ("an id anew in every piece", [
                piece(0, "add", '{"a":', id="x"), piece(0, arguments="1}", id="z"),
                piece(1, "sub", '{"b":2}', id="y")], TWO),
            ("always number 0", [
                piece(0, "add", '{"a":1}', id="x"), piece(0, "sub", '{"b":2}', id="y")], TWO),
            ("no numbers", [
                piece(None, "add", '{"a":', id="x"), piece(None, arguments="1}"),
                piece(None, "sub", '{"b":2}', id="y")], TWO),
            ("no numbers and no ids", [
                piece(None, "add", '{"a":1}'), piece(None, "sub", '{"b":2}')],
             told(("made_1", "add", '{"a":1}'), ("made_2", "sub", '{"b":2}'))),
            ("the same id twice", [
                piece(0, "add", "{}", id="x"), piece(1, "sub", "{}", id="x")],
             told(("x", "add", "{}"), ("made_1", "sub", "{}"))),
            ("no arguments", [piece(0, "add", id="x"), piece(1, "sub", "{}", id="y")],
             told(("x", "add", "{}"), ("y", "sub", "{}"))),
            ("arguments as an object", [piece(0, "add", {"é": [1, None]}, id="x")],
             told(("x", "add", '{"é": [1, null]}'))),
            ("brackets in a text", [
                piece(0, "add", '{"a":"}', id="x"), piece(1, "sub", '{"b":2}', id="y"),
                piece(0, arguments='\\"}{"}')],
             told(("x", "add", '{"a":"}\\"}{"}'), ("y", "sub", '{"b":2}'))),
            ("space after the last bracket", [
                piece(0, "add", '{"a":1}', id="x"), piece(1, "sub", '{"b":2}', id="y"),
                piece(0, arguments="\n")], TWO),
        ]
    ],
)  # fmt: skip
def test_calls_come_one_after_the_other_however_they_were_sent(
    stream: str, events: list[Event]
) -> None:
    assert outcome([(stream + END).encode()]) == (events, None)


def test_arguments_stream_as_they_come() -> None:
    first = calls(piece(0, "add", id="x"), piece(0, arguments='{"a"')).encode()
    second = calls(piece(0, arguments=":1}")).encode()
    stream = read_stream([first, second, END.encode()], numbered())
    assert next(stream) == [CallBegun("x", "add"), ArgumentsDelta('{"a"')]
    assert next(stream) == [ArgumentsDelta(":1}")]


def test_a_later_call_streams_once_the_earlier_one_is_whole() -> None:
    first = calls(piece(0, "add", "{}", id="x")).encode()
    second = calls(piece(1, "sub", '{"b":', id="y")).encode()
    stream = read_stream([first, second, END.encode()], numbered())
    assert next(stream) == [CallBegun("x", "add"), ArgumentsDelta("{}")]
    assert next(stream) == [CallBegun("y", "sub"), ArgumentsDelta('{"b":')]


def test_words_within_a_call_wait_for_its_end() -> None:
    stream = calls(piece(0, "add", '{"a":', id="x")) + content("Hi")
    stream += calls(piece(0, arguments="1}")) + END
    said, _ = outcome([stream.encode()])
    assert said == [CallBegun("x", "add"), ArgumentsDelta('{"a":1}'), TextDelta("Hi"), CALLED]


def test_a_letter_cut_in_two_within_arguments_is_mended() -> None:
    cut = 'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":%s}]}}]}\n\n'
    stream = cut % '{"name":"f","arguments":"{\\"a\\":\\"\\ud83d"}'
    stream += cut % '{"arguments":"\\ude00\\"}"}'
    assert outcome([(stream + END).encode()])[0] == told(("made_1", "f", '{"a":"😀"}'))


def test_a_call_that_goes_on_after_its_end_is_a_failure() -> None:
    stream = calls(
        piece(0, "add", "{}", id="x"), piece(1, "sub", "{}", id="y"), piece(0, arguments="{}")
    )
    _, error = outcome([(stream + END).encode()])
    message = "The model's server went on with a tool call that had ended"
    assert error == (UpstreamFailed, message)


@pytest.mark.parametrize("odd", [{"function": None}, {"index": "0"}, {"index": 0, "id": 5}])
def test_a_call_without_a_name_is_a_failure(odd: dict[str, Any]) -> None:
    _, error = outcome([(calls(odd) + END).encode()])
    assert error == (UpstreamFailed, "The model's server sent a tool call without a name")


@pytest.mark.fault(30)
@settings(derandomize=True, deadline=None, max_examples=200)
@given(order=st.lists(st.sampled_from([0, 1, 2]), max_size=40))
def test_any_mixture_is_told_in_order_and_whole(order: list[int]) -> None:
    """Three calls, whose single letters come in this order."""
    wanted = [f'{{"n":"{index}{{}}"}}' for index in range(3)]
    letters = [iter(arguments) for arguments in wanted]
    pieces = [piece(index, f"f{index}", id=f"id{index}") for index in range(3)]
    pieces += [piece(index, arguments=next(letters[index], "")) for index in order]
    pieces += [piece(index, arguments="".join(letters[index])) for index in range(3)]
    said, error = outcome([(calls(*pieces) + END).encode()])
    assert error is None
    assert said == told(*((f"id{i}", f"f{i}", wanted[i]) for i in range(3)))
