from __future__ import annotations

import pytest

from utils.domain.media import Picture
from utils.domain.owner import owner
from utils.store.pictures import Pictures
from utils.store.shared import Memory

MADE = Picture(
    prompt="a secret",
    model="midjourney",
    aspect=(16, 9),
    size=(1024, 1536),
    mode="relax",
    negative="dogs",
)
OWNER, OTHER = owner("the-callers-own-1min-key"), owner("another-callers-1min-key")


class Noting(Memory):
    """Tells what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[tuple[str, bytes, int]] = []

    def set(self, key: str, value: bytes, seconds: int) -> None:
        self.noted.append((key, value, seconds))
        super().set(key, value, seconds)


def test_how_a_picture_was_made_is_remembered_but_not_its_prompt() -> None:
    pictures = Pictures(Memory())
    pictures.remember(["images/a.png", "images/b.png"], OWNER, MADE)
    found = pictures.recall("images/b.png", OWNER)
    assert found == Picture(
        prompt="",
        model="midjourney",
        aspect=(16, 9),
        size=(1024, 1536),
        mode="relax",
        negative="dogs",
    )
    assert pictures.recall("images/c.png", OWNER) is None


def test_no_caller_learns_what_another_made() -> None:
    pictures = Pictures(Memory())
    pictures.remember(["images/a.png"], OWNER, MADE)
    assert pictures.recall("images/a.png", OTHER) is None


def test_no_prompt_is_stored_and_all_ends_after_a_week() -> None:
    shared = Noting()
    Pictures(shared).remember(["images/a.png"], OWNER, MADE)
    [(_, value, seconds)] = shared.noted
    assert b"secret" not in value
    assert seconds == 7 * 24 * 3600


@pytest.mark.parametrize("value", [b"{", b'{"model": "midjourney"}', b"[]", b"7"])
def test_what_another_version_wrote_counts_as_forgotten(value: bytes) -> None:
    shared = Noting()
    pictures = Pictures(shared)
    pictures.remember(["images/a.png"], OWNER, MADE)
    shared.set(shared.noted[0][0], value, 60)
    assert pictures.recall("images/a.png", OWNER) is None
