from __future__ import annotations

import struct

import pytest

from simulator.features import sounds
from utils.domain.sound_files import wav
from utils.domain.sound_files.kinds import HEAD, MEDIA_TYPES, is_sound

SECOND = sounds.wav(1)


def sized(riff: int, data: int) -> bytes:
    head = bytearray(SECOND[:44])
    head[4:8], head[40:44] = struct.pack("<I", riff), struct.pack("<I", data)
    return bytes(head)


@pytest.mark.parametrize("size", [2**31 - 1, 2**32 - 1, len(SECOND), 0])
def test_sizes_that_cannot_be_are_made_true(size: int) -> None:
    assert wav.mended(sized(size, size), len(SECOND)) == SECOND[:44]


def test_a_head_that_is_right_stays_as_it_is() -> None:
    assert wav.mended(SECOND[:44], len(SECOND)) == SECOND[:44]
    with_more_behind = sized(len(SECOND), 1000)
    assert wav.mended(with_more_behind, len(SECOND)) == with_more_behind


def test_what_stands_before_the_sound_stays() -> None:
    noted = SECOND[:36] + b"LIST" + struct.pack("<I", 4) + b"note" + sized(0, 2**31)[36:44]
    mended = wav.mended(noted, len(SECOND) + 12)
    assert mended[36:48] == noted[36:48]
    assert mended[52:56] == SECOND[40:44]


@pytest.mark.parametrize("head", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", SECOND[:42]])
def test_too_little_of_a_head_stays_as_it_is(head: bytes) -> None:
    assert wav.mended(head, len(SECOND)) == head


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_each_format_is_known_by_its_beginning(form: str) -> None:
    head = sounds.sound(form, 1)[:HEAD]
    assert [other for other in MEDIA_TYPES if is_sound(head, other)] in ([form], [form, "pcm"])


@pytest.mark.parametrize("head", [b"", b"<?xml version", b'{"error":1}', b"<!DOCTYPE html>"])
def test_what_is_no_sound_is_none_in_any_format(head: bytes) -> None:
    assert not any(is_sound(head, form) for form in MEDIA_TYPES)
