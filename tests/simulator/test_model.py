"""What the scripted model says."""

from __future__ import annotations

import pytest

from simulator.model import last_turn, said
from simulator.wishes import Wishes, wishes


@pytest.mark.parametrize(
    ("prompt", "turn"),
    [
        ("Hi", "Hi"),
        ("System: Be brief.\n\nUser: One\n\nAssistant: 1\n\nUser: Two\n\nAssistant:", "Two"),
        ("### User\n\nTwo lines\n\nof text\n\n### Assistant\n", "Two lines\n\nof text"),
        ("[system]\nBe brief.\n[user]\nHi\n[assistant]", "Hi"),
        ("<|user|>\nHi\n<|assistant|>", "Hi"),
        ("**Human:** Hi\n\n**AI:**", "Hi"),
        ("User: The user is right\n\nAssistant:", "The user is right"),
        ("", ""),
    ],
)
def test_the_last_turn_is_the_last_with_words(prompt: str, turn: str) -> None:
    assert last_turn(prompt) == turn


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("say exactly: A\nB", "A\nB"),
        ("User: say exactly: old\n\nUser: Say exactly: new\n\nAssistant:", "new"),
        ("Please count to 4.", "1, 2, 3, 4"),
        ("say exactly: Hello [[pace=5]]", "Hello"),
    ],
)
def test_it_does_what_it_is_told(prompt: str, answer: str) -> None:
    assert said(prompt, "gpt-4o") == answer


def test_it_names_itself_and_quotes_the_question() -> None:
    answer = said("Why " * 50, "gpt-4o")
    assert "gpt-4o" in answer
    assert f"“{('Why ' * 50)[:60]}”" in answer


def test_wishes_are_read_anywhere_and_the_later_wins() -> None:
    prompt = "[[events=9 pace=20]] text [[events=200 size=5 delay=1500 usage=none]] more"
    wanted = Wishes(events=200, size=5, pace=0.02, delay=1.5, usage=False)
    assert wishes(prompt) == wanted


def test_other_brackets_are_no_wish() -> None:
    assert wishes("see [[a link]] and a[[0]]") == Wishes()
