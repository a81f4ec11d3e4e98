"""The free text of a custom tool, read out of arguments that come in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts
from utils.wire.responses.custom_input import CustomInput, custom_input


def read(pieces: Iterable[str]) -> str:
    reader = CustomInput()
    return "".join([*map(reader.feed, pieces), reader.end()])


@given(st.text(), st.booleans(), st.sampled_from([None, 1, "\t"]), PLACES)
def test_the_text_is_the_one_that_was_written(
    text: str, is_ascii: bool, indent: int | str | None, places: list[int]
) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=is_ascii, indent=indent)
    assert read(cut_at(arguments, places)) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"input":"a\\ud83d\\ude00\\u00e9\\n\\"\\/"}', 'a\U0001f600é\n"/'),
        ('{"input":"a\\ud83d!"}', "a\ufffd!"),
        ('{"input":"a\nb\tc"}', "a\nb\tc"),
        ('{"input":"a\\qb\\u12z"}', "aqbu12z"),
        ('{"input":"a","input":"b"} and more "', "a"),
        ('{"other":[{}],"input":"a\\nb\n"}', "a\nb\n"),
        # cut off
        ("", ""),
        ('{"inp', ""),
        ('{"input": ', ""),
        ('{"input":"ab', "ab"),
        ('{"input":"ab\\', "ab"),
        ('{"input":"ab\\u00e', "ab"),
        ('{"input":"ab\\ud83d', "ab\ufffd"),
        # a model that did not wrap it
        ("*** Begin Patch", "*** Begin Patch"),
        ('{"patch":"a"}', '{"patch":"a"}'),
        ('{"input":5}', '{"input":5}'),
        ('"a"', '"a"'),
        ("[" * 100_000, "[" * 100_000),
    ],
    ids=lambda value: value[:20],
)
def test_the_text_is_the_same_wherever_the_arguments_are_cut(arguments: str, text: str) -> None:
    assert custom_input(arguments) == text
    if len(arguments) < 100:
        assert {read(pieces) for pieces in cuts(arguments)} == {text}


def test_the_text_comes_while_it_is_written() -> None:
    reader = CustomInput()
    pieces = ['{"in', 'put":"', "a", "b\\", "nc", '"', "}"]
    assert [reader.feed(piece) for piece in pieces] == ["", "", "a", "b", "\nc", "", ""]
