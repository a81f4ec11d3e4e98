from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts, pieces
from utils.sse import MAX_LINE, Decoder, LineTooLong, ServerSentEvent

BOM = b"\xef\xbb\xbf"
LINE_ENDS = pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"], ids=repr)


def decoded(*parts: bytes) -> list[ServerSentEvent]:
    decoder = Decoder()
    return [event for part in parts for event in decoder.feed(part)]


@pytest.mark.fault(25, 26, 27, 28)
@LINE_ENDS
@pytest.mark.parametrize(
    ("text", "events"),
    [
        (b"event: content\ndata: {}\n\n", [("content", b"{}")]),
        (b"data: a\nevent: late\n\n", [("late", b"a")]),
        (b"event: a\nevent: b\ndata: c\n\n", [("b", b"c")]),
        (b"event:a\ndata:b\n\n", [("a", b"b")]),
        (b"event:  a\ndata:  b \n\n", [(" a", b" b ")]),
        (b"data: a\n\ndata: b\n\n", [("", b"a"), ("", b"b")]),
        (b"event: a\ndata: 1\n\ndata: 2\n\n", [("a", b"1"), ("", b"2")]),
        (b"data: a\ndata: b\ndata:\ndata: c\n\n", [("", b"a\nb\n\nc")]),
        (b"data\n\n", [("", b"")]),
        (b"data:\n\n", [("", b"")]),
        (b"data: a: b\n\n", [("", b"a: b")]),
        # An event without data is none, and leaves nothing behind:
        (b"event: ping\n\ndata: a\n\n", [("", b"a")]),
        (b"\n\n\n", []),
        (b": a comment\n\n", []),
        (b":\n:data: a\n\n", []),
        (b"data: a\n: still there\ndata: b\n\n", [("", b"a\nb")]),
        (b"id: 7\nretry: 10\nother: b\ndata: a\n\n", [("", b"a")]),
        (b"DATA: a\ndatum: b\n data: c\ndata : d\n\n", []),
        # Without its blank line it is not finished:
        (b"event: a\ndata: b\n", []),
        (b"data: a\n\ndata: b", [("", b"a")]),
        # A byte order mark counts for nothing, once and at the start:
        (BOM + b"data: a\n\n", [("", b"a")]),
        (BOM + BOM + b"data: a\n\n", []),
        (b"\n" + BOM + b"data: a\n\n", []),
        (b"data: " + BOM + b"\n\n", [("", BOM)]),
        # Letters of several bytes, and ones that only Python takes for a line's end:
        ("data: Grüße, 東京 😀\n\n".encode(), [("", "Grüße, 東京 😀".encode())]),
        ("data: a\u2028b\u2029c\x85d\n\n".encode(), [("", "a\u2028b\u2029c\x85d".encode())]),
        (b"data: a\x0bb\x0cc\x1cd\x1ee\x00f\n\n", [("", b"a\x0bb\x0cc\x1cd\x1ee\x00f")]),
        ("event: größe\ndata: a\n\n".encode(), [("größe", b"a")]),
        (b"event: \xff\ndata: \xff\n\n", [("\ufffd", b"\xff")]),
    ],
)  # fmt: skip
def test_a_text_holds_these_events_however_it_is_cut(
    text: bytes, events: list[tuple[str, bytes]], line_end: bytes
) -> None:
    text = text.replace(b"\n", line_end)
    for parts in cuts(text):
        assert decoded(*parts) == events, parts


@LINE_ENDS
def test_an_event_goes_out_with_its_blank_line_and_no_later(line_end: bytes) -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: a" + line_end) == []
    assert decoder.feed(line_end) == [("", b"a")]


def test_line_ends_of_all_kinds_mix() -> None:
    for parts in cuts(b"event: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r"):
        assert decoded(*parts) == [("a", b"b\nc"), ("", b"d")]


def test_nothing_at_all_changes_nothing() -> None:
    parts = [b"data: a\r", b"", b"\ndata: b\r", b"", b"\n", b"", b"\r", b"", b"\n"]
    assert decoded(*parts) == [("", b"a\nb")]


NAMES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8)
LINES = st.binary(max_size=30).filter(lambda line: not set(line) & set(b"\r\n"))
EVENTS = st.lists(st.tuples(NAMES, st.lists(LINES, min_size=1, max_size=3)), max_size=4)
NOISE = st.sampled_from([b": comment", b"id: 1", b"retry: 9", b"unknown", b":"])


@st.composite
def encodings(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Some events, and one of the many ways to write them."""
    events = draw(EVENTS)
    text = draw(st.sampled_from([b"", BOM]))
    for name, data in events:
        lines = [b"data: " + line for line in data]
        lines.insert(draw(st.integers(0, len(lines))), b"event: " + name.encode())
        lines.insert(draw(st.integers(0, len(lines))), draw(NOISE))
        for line in lines:
            text += line + draw(st.sampled_from([b"\n", b"\r", b"\r\n"]))
        # Right after a CR, a LF alone would be no line of its own.
        text += draw(st.sampled_from([b"\r", b"\r\n"] + [b"\n"] * (text[-1:] == b"\n")))
    return text, [(name, b"\n".join(data)) for name, data in events]


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=100)
@given(encoding=encodings(), places=PLACES)
def test_any_events_written_anyhow_and_cut_anywhere_come_back(
    encoding: tuple[bytes, list[tuple[str, bytes]]], places: list[int]
) -> None:
    text, events = encoding
    assert decoded(*cut_at(text, places)) == events


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=200)
@given(text=st.lists(st.sampled_from([b"data:", b"event: a", b"\r", b"\n", b"b", BOM])),
       places=PLACES)  # fmt: skip
def test_any_bytes_decode_the_same_however_they_are_cut(
    text: list[bytes], places: list[int]
) -> None:
    whole = b"".join(text)
    assert decoded(*cut_at(whole, places)) == decoded(whole)


@pytest.mark.fault(22)
@pytest.mark.parametrize("size", [2**20, MAX_LINE + 1])
def test_a_line_without_end_is_given_up(size: int) -> None:
    with pytest.raises(LineTooLong):
        decoded(b"data: a\n\n", *pieces(b"data: " + b"a" * (MAX_LINE + 1), size))


def test_a_line_just_as_long_as_allowed_is_read() -> None:
    line = b"data: " + b"a" * (MAX_LINE - 6)
    assert decoded(*pieces(line, 2**20), b"\n", b"\n") == [("", line[6:])]


def test_many_lines_together_may_be_longer() -> None:
    line = b"data: " + b"a" * (MAX_LINE // 2) + b"\n"
    assert len(decoded(line, line, line, b"\n")[0].data) > MAX_LINE


def test_a_long_line_in_tiny_pieces_costs_no_more_than_its_length() -> None:
    """Were each piece joined to all before it, this would copy 80 GB."""
    start = time.thread_time()
    assert len(decoded(*[b"a"] * 400_000, b"\n\n")) == 0
    assert time.thread_time() - start < 2
