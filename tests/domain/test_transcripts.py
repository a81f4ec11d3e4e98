from __future__ import annotations

import pytest

from utils.domain import languages
from utils.domain.transcripts import Segment, sentences, spread


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Hello", ["Hello"]),
        ("One. Two? Three!", ["One.", " Two?", " Three!"]),
        ("It costs 3.50 now.", ["It costs 3.50 now."]),
        ("A\nB", ["A\n", "B"]),
        ("\u4f60\u597d\u3002\u518d\u89c1\u3002", ["\u4f60\u597d\u3002", "\u518d\u89c1\u3002"]),
        ("word " * 60, ["word " * 39 + "word", " word" * 20 + " "]),
        ("x" * 450, ["x" * 200, "x" * 200, "x" * 50]),
    ],
)
def test_sentences_are_together_the_text(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts
    assert "".join(parts) == text


def test_sentences_last_as_long_as_they_are() -> None:
    assert spread("One. Seventeen.", 15) == [
        Segment(0, 4, "One."),
        Segment(4, 15, "Seventeen."),
    ]


@pytest.mark.parametrize("text", ["", " \n "])
def test_silence_has_no_segments(text: str) -> None:
    assert spread(text, 3) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "english"), ("EN-us", "english"), ("yue", "cantonese"), ("xx", "xx"), ("", "")],
)
def test_languages_have_openais_names(code: str, name: str) -> None:
    assert languages.name(code) == name
