from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from tests.cuts import PLACES, cut_at, pieces
from tests.domain.json_values import SCALARS, VALUES, written
from utils.domain.loose_json import DEEPEST, IN_OBJECT, Source, Unreadable, loosely, value


def read(cut: Iterable[str], *, truncated: bool = False) -> tuple[str, bool]:
    """What is told, and whether it was left unfinished."""
    source, told = Source(), list[str]()
    reading = value(source, told.append, IN_OBJECT)
    for piece in cut:
        source.feed(piece)
        next(reading, None)
    source.ended, source.truncated = True, truncated
    next(reading, None)
    return "".join(told), source.cut


@pytest.mark.fault(105)
@given(written(VALUES), PLACES)
def test_json_means_what_it_means_however_it_is_cut(
    said: tuple[Any, str], places: list[int]
) -> None:
    meant, text = said
    told, unfinished = read(cut_at(text, places))
    assert json.loads(told) == meant
    assert not unfinished
    assert read(pieces(text, 1)) == (told, False)


@given(written(SCALARS))
def test_json_without_white_space_comes_out_as_it_is(said: tuple[Any, str]) -> None:
    assert loosely(said[1]) == said[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": "He said "hi" to me", b: True,}', '{"a":"He said \\"hi\\" to me","b":true}'),
        ("{'a': 'it\\'s', b: None /* c */}", '{"a":"it\'s","b":null}'),
        ("{'a': 'it's'}", '{"a":"it\'s"}'),
        ('{"a": """x\n"y" z"""}', '{"a":"x\\n\\"y\\" z"}'),
        ('{"a": "x"\n "b": 1}', '{"a":"x","b":1}'),
        ('{"a": [1, 2', '{"a":[1,2]}'),
        ('{"a": [1 2 "x"]]}', '{"a":[1,2,"x"]}'),
        ("{“a”: “b”}", '{"a":"b"}'),
        ("{a: `x\ny`}", '{"a":"x\\ny"}'),
        ('{"a": "C:\\Users"}', '{"a":"C:\\\\Users"}'),
        ('{"a": 1} and more', '{"a":1}'),
        ("// first\n{/**/} # last", "{}"),
        ("nothing", '"nothing"'),
    ],
)
def test_what_can_only_have_meant_one_thing_is_mended(text: str, told: str) -> None:
    assert loosely(text) == told
    for size in range(1, 8):
        assert read(pieces(text, size))[0] == told


@pytest.mark.parametrize(
    "text", ["", "{...}", '{"a" 1}', '{"a": .5.}', '"unfinished', '{"a": "b', "1" * 5000, "}"]
)
def test_what_means_nothing_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        loosely(text)


def test_too_many_brackets_are_unreadable() -> None:
    assert loosely("[" * DEEPEST) == "[" * DEEPEST + "]" * DEEPEST
    with pytest.raises(Unreadable, match="nested too deeply"):
        loosely("[" * (DEEPEST + 2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": "b', '{"a":"b'),
        ('{"a": 12', '{"a":'),
        ('{"a": [1, 2', '{"a":[1,'),
        ('{"a": {"b": tr', '{"a":{"b":'),
    ],
)
def test_where_a_text_was_stopped_nothing_is_closed(text: str, told: str) -> None:
    for size in (1, 3, len(text)):
        assert read(pieces(text, size), truncated=True) == (told, True)


def test_a_string_comes_while_it_is_written() -> None:
    source, told = Source(), list[str]()
    reading = value(source, told.append, IN_OBJECT)
    source.feed('{"a": "one')
    next(reading)
    assert "".join(told) == '{"a":"one'
    source.feed(" two")
    next(reading)
    assert "".join(told) == '{"a":"one two'
