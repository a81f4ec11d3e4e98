from __future__ import annotations

import pytest

from utils.domain import subtitles
from utils.domain.transcripts import Segment

SEGMENTS = [Segment(0, 1.25, "Good <b>& morning."), Segment(3599.5, 3661.007, "Two\nlines.")]
SRT = """\
1
00:00:00,000 --> 00:00:01,250
Good <b>& morning.

2
00:59:59,500 --> 01:01:01,007
Two
lines.

"""
VTT = """\
WEBVTT

00:00:00.000 --> 00:00:01.250
Good &lt;b>&amp; morning.

00:59:59.500 --> 01:01:01.007
Two
lines.

"""


def test_segments_are_written_in_both_forms_and_read_again() -> None:
    assert subtitles.srt(SEGMENTS) == SRT
    assert subtitles.vtt(SEGMENTS) == VTT
    assert subtitles.read(SRT) == subtitles.read(VTT) == SEGMENTS


def test_no_text_can_break_out_of_its_place() -> None:
    text = "a\n\n2\n00:00:00,000 --> 00:00:09,000\nb"
    for written in (subtitles.srt([Segment(0, 1, text)]), subtitles.vtt([Segment(0, 1, text)])):
        read = subtitles.read(written)
        assert read
        assert len(read) == written.count("-->") == 1


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("\ufeff1\r\n00:00:00,000 --> 00:00:01,000\r\nA\r\n", [Segment(0, 1, "A")]),
        ("WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 align:left\nA", [Segment(1, 2, "A")]),
        ("1\n00:00:02,000 --> 00:00:01,000\nA", [Segment(2, 2, "A")]),
        ("1\n00:00:00,000 --> 00:00:01,000", [Segment(0, 1, "")]),
    ],
)
def test_others_write_it_in_other_ways(text: str, segments: list[Segment]) -> None:
    assert subtitles.read(text) == segments


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WEBVTT",
        "Good morning.",
        "At 00:00:01,000 --> 00:00:02,000 it rang.",
        "1\n00:00:00,000 --> 00:00:01,000\nA\n\nand nothing else",
    ],
)
def test_what_is_something_else_is_not_read(text: str) -> None:
    assert subtitles.read(text) is None
