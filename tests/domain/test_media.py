from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from utils.domain.media import Picture, Sides, aspect, size, with_flags
from utils.errors import InvalidRequest


def flagged(prompt: str, **fields: Any) -> Picture:
    return with_flags(Picture(prompt=prompt, model="m", **fields), "prompt")


@pytest.mark.parametrize(
    ("prompt", "left", "fields"),
    [
        ("a cat --ar 16:9", "a cat", {"aspect": (16, 9)}),
        ("--ar 9:16 a cat", "a cat", {"aspect": (9, 16)}),
        ("a cat --ar 16:9 at night", "a cat at night", {"aspect": (16, 9)}),
        ("a cat --AR   16:9", "a cat", {"aspect": (16, 9)}),
        ("a cat \u2014ar 16:9", "a cat", {"aspect": (16, 9)}),
        ("a cat \u2013ar 16:9", "a cat", {"aspect": (16, 9)}),
        ("a cat --size 1024x1536", "a cat", {"size": (1024, 1536)}),
        ("a cat --size 512\u00d7768", "a cat", {"size": (512, 768)}),
        ("a cat --no dogs or mice", "a cat", {"negative": "dogs or mice"}),
        ("a cat --no dogs --no mice", "a cat", {"negative": "dogs, mice"}),
        ("a cat --no dogs\nat night", "a cat at night", {"negative": "dogs"}),
        ("a cat --fast", "a cat", {"mode": "fast"}),
        ("a cat --relax at night", "a cat at night", {"mode": "relax"}),
        (
            "a cat\n--ar 3:2 --no dogs --relax",
            "a cat",
            {"aspect": (3, 2), "negative": "dogs", "mode": "relax"},
        ),
        ("a cat --stylize 200 --ar 3:2 --v 6", "a cat --stylize 200 --v 6", {"aspect": (3, 2)}),
        ("--ar 1:1", "", {"aspect": (1, 1)}),
        ("a cat --ar 3:2 --ar 16:9", "a cat", {"aspect": (16, 9)}),
    ],
)
def test_a_flag_is_taken_out_of_the_prompt(
    prompt: str, left: str, fields: dict[str, Any]
) -> None:
    assert flagged(prompt) == Picture(prompt=left, model="m", **fields)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "  a cat \n",
        "a cat\u2014no dog\u2014asleep",
        "a cat - fast asleep",
        "a cat -- fast asleep",
        "well--no",
        "a cat --faster --nobody --args 1:1",
        "a cat --fast, asleep",
        "a cat --stylize 200",
    ],
)
def test_a_prompt_without_a_flag_stays_as_it_is(prompt: str) -> None:
    assert flagged(prompt).prompt == prompt
    assert flagged(prompt) == Picture(prompt=prompt, model="m")


def test_a_flag_that_changes_nothing_is_taken_out_too() -> None:
    assert flagged("a cat --fast", mode="fast").prompt == "a cat"


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ("a cat --ar", "There must be an aspect ratio like 16:9."),
        ("a cat --ar wide", "There must be an aspect ratio like 16:9."),
        ("a cat --ar 16:9:3", "There must be an aspect ratio like 16:9."),
        ("a cat --ar -1:9", "There must be an aspect ratio like 16:9."),
        ("a cat --ar 0:9", "The sides must be 1 to 10000."),
        ("a cat --ar 10001:9999", "The sides must be 1 to 10000."),
        ("a cat --ar 9:1", "One side must be at most 8 times as long as the other."),
        ("a cat --size", "There must be a size like 1024x1536."),
        ("a cat --size 1024", "There must be a size like 1024x1536."),
        ("a cat --size 99999999999x1", "There must be a size like 1024x1536."),
        ("a cat --no", "--no must be followed by what not to draw."),
        ("a cat --no --fast", "--no must be followed by what not to draw."),
    ],
)
def test_a_flag_without_its_value_is_refused(prompt: str, complaint: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        flagged(prompt)
    assert (refused.value.message, refused.value.param) == (complaint, "prompt")


@pytest.mark.parametrize(("text", "sides"), [("1x1", (1, 1)), ("1024X1792", (1024, 1792))])
def test_a_size_is_read(text: str, sides: Sides) -> None:
    assert size(text, "size") == sides


@pytest.mark.parametrize("text", ["", "auto", "x", "1024", "16:9", " 1x1", "1x1\n", "-1x1"])
def test_what_is_no_size_is_refused_by_the_field_it_stood_in(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        size(text, "size")
    assert refused.value.param == "size"


def test_an_aspect_ratio_may_be_as_wide_as_models_draw() -> None:
    assert aspect("8:1", "x") == (8, 1)
    assert aspect("1:8", "x") == (1, 8)


@pytest.mark.parametrize("piece", ["--no x ", "--", " --ar", "\u2014 ", " ", "a --fast\n"])
def test_a_long_prompt_is_read_in_no_time(piece: str) -> None:
    start = time.monotonic()
    with suppress(InvalidRequest):
        flagged(piece * (200_000 // len(piece)))
    assert time.monotonic() - start < 5
