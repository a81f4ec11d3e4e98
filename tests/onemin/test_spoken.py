from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.onemin.spoken import Spoken


def said(*deltas: str, whole: str = "") -> str:
    spoken = Spoken()
    texts = [delta.text for piece in deltas for delta in spoken.say(piece)]
    return "".join([*texts, *(delta.text for delta in spoken.end(whole))])


@pytest.mark.parametrize(
    ("deltas", "whole", "text"),
    [
        (["Hel", "lo"], "Hello", "Hello"),
        (["Hel", "lo"], "", "Hello"),
        ([], "Hello", "Hello"),
        (["", ""], "Hello", "Hello"),
        ([], "", ""),
        # The whole answer once more, last:
        (["Hel", "lo", "Hello"], "Hello", "Hello"),
        (["Hel", "lo", "Hello"], "", "Hello"),
        (["Hello", "Hello"], "Hello", "Hello"),
        ([" Hel", "lo\n", " Hello\n"], "Hello", " Hello\n"),
        (["Hel", "lo", "Hello"], "something else", "Hello"),
        # It only looks like that:
        (["ha", "ha"], "haha", "haha"),
        (["ha", "ha"], "", "haha"),
        (["ha", "ha"], " haha\n", "haha"),
        (["ha", "ha", "!"], "haha!", "haha!"),
        (["ha", "ha", "haha"], "haha", "haha"),
        (["ha", "ha", "haha"], "hahahaha", "hahahaha"),
        (["ha", "ha", "haha", "!"], "", "hahahaha!"),
        (["Hel", "lo", "Hello", " world"], "HelloHello world", "HelloHello world"),
        # A delta that says nothing is not what follows:
        (["Hel", "lo", "Hello", ""], "Hello", "Hello"),
        (["Hel", "", "lo", "", "Hello", "", ""], "", "Hello"),
    ],
)
def test_no_letter_is_said_twice_or_lost(deltas: list[str], whole: str, text: str) -> None:
    assert said(*deltas, whole=whole) == text


def test_a_delta_goes_out_at_once_unless_it_repeats_all_before() -> None:
    spoken = Spoken()
    assert [delta.text for delta in spoken.say("ha")] == ["ha"]
    assert [delta.text for delta in spoken.say("ha")] == []
    assert [delta.text for delta in spoken.say("!")] == ["ha", "!"]


@pytest.mark.parametrize(
    ("deltas", "text"),
    [
        (["\ud83d", "\ude00"], "😀"),
        (["a\ud83d", "\ude00b"], "a😀b"),
        (["a\ud83d", "", "\ude00b"], "a😀b"),
        (["\ud83d", "\ude00\ud83d", "\ude00"], "😀😀"),
        (["é\ud83d", "\ude00"], "é😀"),
        (["東\n\ud83d", "\ude00"], "東\n😀"),
        (["\ud83da"], "\ufffda"),
        (["\ud83d", "a"], "\ufffda"),
        (["\ude00"], "\ufffd"),
        (["a\ud83d"], "a\ufffd"),
    ],
)
def test_a_letter_cut_between_its_halves_is_made_whole(deltas: list[str], text: str) -> None:
    assert said(*deltas) == text


def test_a_record_with_half_a_letter_can_be_sent_on() -> None:
    assert said(whole="a\ud83d") == "a\ufffd"


@settings(derandomize=True, deadline=None, max_examples=300)
@given(pieces=st.lists(st.sampled_from(["a", "b", "ab", "ba", "", "é"]), max_size=9))
def test_whatever_is_said_is_said_once_the_record_tells(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert said(*pieces, whole=text) == text
    if any(pieces):
        assert said(*pieces, text, whole=text) == text


@settings(derandomize=True, deadline=None, max_examples=200)
@given(pieces=st.lists(st.text(st.characters(exclude_categories=()), max_size=3), max_size=6))
def test_any_text_can_be_sent_on(pieces: list[str]) -> None:
    said(*pieces).encode()
