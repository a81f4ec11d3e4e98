from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.cuts import PLACES, cut_at, pieces
from tests.domain.json_values import OBJECTS, written
from utils.domain.loose_json import Source, Unreadable
from utils.domain.object_writer import Misfit, ObjectWriter, compact
from utils.domain.schemas import Schema

FREE = Schema.of({"type": "object"}, "")
TASK = Schema.of(
    {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "size": {"type": "integer"},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
        },
        "required": ["title", "size"],
        "additionalProperties": False,
    },
    "",
)


class Written:
    """What a writer tells, piece by piece."""

    def __init__(self, schema: Schema) -> None:
        self.pieces: list[str] = []
        self.writer = ObjectWriter(schema, self.pieces.append)
        self.source = Source()
        self._reading = self.writer.read(self.source)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def feed(self, text: str) -> str:
        """What is new."""
        before = len(self.text)
        self.source.feed(text)
        next(self._reading, None)
        return self.text[before:]

    def end(self, *, truncated: bool = False) -> str:
        self.source.ended, self.source.truncated = True, truncated
        return self.feed("")


@given(written(OBJECTS), PLACES)
def test_any_object_comes_out_equal(said: tuple[Any, str], places: list[int]) -> None:
    meant, text = said
    task = Written(FREE)
    for piece in filter(None, cut_at(text, places)):
        task.feed(piece)
    task.end()
    assert json.loads(task.text) == meant


def test_a_free_string_is_told_while_it_comes_and_others_when_they_are_whole() -> None:
    task = Written(TASK)
    assert task.feed('{"title": "Wri') == '{"title":"Wri'
    assert task.feed("te it") == "te it"
    assert task.feed('", "size": 1') == '"'
    assert task.feed("2") == ""
    assert task.feed(', "tags": ["a"') == ',"size":12'
    assert task.feed(', "b"]') == ',"tags":["a","b"]'
    assert task.feed("}") == "}"


def test_what_can_be_mended_is_told_mended() -> None:
    task = Written(TASK)
    task.feed('{"title": 5, "size": "12", "tags": "A", "colour": "red"}')
    assert task.text == '{"title":"5","size":12,"tags":["a"]}'


@pytest.mark.parametrize(
    ("text", "told", "fault"),
    [
        (
            '{"title": "x", "size": "big"}',
            '{"title":"x"',
            'size: the value is not of type "integer"',
        ),
        ('{"size": 1}', '{"size":1', '"title" is a required property'),
        ("{}", "", '"title" is a required property'),
    ],
)
def test_a_misfit_ends_what_is_told_but_keeps_it_right(
    text: str, told: str, fault: str
) -> None:
    for cut in ([text], pieces(text, 1)):
        task = Written(TASK)
        with pytest.raises(Misfit) as misfit:
            [task.feed(piece) for piece in cut]
        assert (task.text, str(misfit.value)) == (told, fault)


def test_a_second_answer_completes_what_the_first_began() -> None:
    task = Written(TASK)
    with pytest.raises(Misfit):
        task.feed('{"title": "first", "size": "big"}')
    task.writer.complete({"title": "first", "size": 3, "tags": ["b"]})
    assert json.loads(task.text) == {"title": "first", "size": 3, "tags": ["b"]}


def test_a_second_answer_that_means_something_else_cannot_complete_it() -> None:
    task = Written(TASK)
    with pytest.raises(Misfit):
        task.feed('{"title": "first", "size": "big"}')
    with pytest.raises(Misfit, match="title: it is not what it was at first"):
        task.writer.complete({"title": "second", "size": 3})


def test_a_second_answer_that_lacks_something_too_is_a_misfit() -> None:
    task = Written(TASK)
    with pytest.raises(Misfit):
        task.feed('{"title": "first"}')
    with pytest.raises(Misfit, match="required property"):
        task.writer.complete({"title": "first"})


def test_a_string_that_broke_off_goes_on_where_it_did() -> None:
    task = Written(TASK)
    task.feed('{"title": "caf\\u00e9 \\"a')
    task.end()
    assert task.source.cut
    with pytest.raises(Misfit, match="does not begin as it did"):
        task.writer.complete({"title": "another", "size": 1})
    task.writer.complete({"title": 'café "a" and b\n', "size": 1})
    assert json.loads(task.text) == {"title": 'café "a" and b\n', "size": 1}


def test_what_was_stopped_stays_unfinished() -> None:
    for text, told in (
        ('{"title": "Wri', '{"title":"Wri'),
        ('{"title": "x", "size": 1', '{"title":"x"'),
        ('{"title": "x", "tags": ["a"', '{"title":"x"'),
    ):
        task = Written(TASK)
        task.feed(text)
        task.end(truncated=True)
        assert (task.text, task.source.cut) == (told, True)


def test_properties_that_depend_on_one_another_are_told_together() -> None:
    either = Written(
        Schema.of(
            {
                "$ref": "#/$defs/either",
                "$defs": {
                    "either": {
                        "type": "object",
                        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                        "required": ["a", "b"],
                    }
                },
            },
            "",
        )
    )
    assert either.feed('{"a": "1", "b": 2') == ""
    assert either.feed("}") == '{"a":1,"b":2}'


def test_no_object_is_unreadable() -> None:
    task = Written(TASK)
    with pytest.raises(Unreadable):
        task.feed('{"title": ...}')


def test_half_a_letter_is_told_as_an_escape() -> None:
    assert compact({"a": "é\ud83d"}) == '{"a":"é\\ud83d"}'
    compact({"\udfff": "\ud800"}).encode()
