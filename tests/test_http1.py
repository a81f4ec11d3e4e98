from __future__ import annotations

import time
from typing import NamedTuple

import pytest

from tests.cuts import cuts, pieces
from utils.http1 import MAX_CHUNK_LINE, MAX_HEAD, Malformed, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"


class Answer(NamedTuple):
    status: int
    body: bytes
    complete: bool
    keep_alive: bool


def read(*parts: bytes) -> Answer:
    reader = ResponseReader()
    body = b"".join([reader.feed(part) for part in parts])
    return Answer(reader.status, body, reader.complete, reader.keep_alive)


def headers(*lines: bytes) -> dict[str, str]:
    reader = ResponseReader()
    reader.feed(OK + b"".join(line + b"\r\n" for line in (*lines, b"")))
    return reader.headers


def cpu_seconds(*parts: bytes) -> float:
    start = time.thread_time()
    read(*parts)
    return time.thread_time() - start


# Where a body ends


@pytest.mark.parametrize(
    ("response", "status", "body", "kept"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello", True),
        (OK + b"content-LENGTH:5\r\n\r\nhello", 200, b"hello", True),
        (OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
        (OK + b"Content-Length: 05\r\n\r\nhello", 200, b"hello", True),
        (OK + b"Content-Length: 5, 5\r\n\r\nhello", 200, b"hello", True),
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", True),
        (CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 200, b"hello!", True),
        (CHUNKED + b"0005\r\nhello\r\n00\r\n\r\n", 200, b"hello", True),
        (CHUNKED + b"b\r\nhello\r\n\r\n\r\n\r\n0\r\n\r\n", 200, b"hello\r\n\r\n\r\n", True),
        (CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", 200, b"0123456789", True),
        (CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n', 200, b"hello", True),
        (CHUNKED + b"5 ;a\r\nhello\r\n0 \r\n\r\n", 200, b"hello", True),
        (CHUNKED + b"5\r\nhello\r\n0\r\nX: y\r\nZ: 5\r\n\r\n", 200, b"hello", True),
        (CHUNKED + b"0\r\n\r\n", 200, b"", True),
        (OK + b"TRANSFER-encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", 200, b"a", True),
        (CONTINUE + HINTS + OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", True),
        (b"HTTP/1.1 204 \r\nTransfer-Encoding: chunked\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 599\r\nContent-Length: 1\r\n\r\na", 599, b"a", True),
        # Such a connection is not used again:
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", False),
        (OK + b"Connection: CLOSE\r\nContent-Length: 1\r\n\r\na", 200, b"a", False),
        (OK + b"Connection: a, close\r\nContent-Length: 1\r\n\r\na", 200, b"a", False),
        (OK + b"Connection: close\r\n" + CHUNKED[17:] + b"0\r\n\r\n", 200, b"", False),
        (b"HTTP/1.0" + CHUNKED[8:] + b"0\r\n\r\n", 200, b"", False),
        (OK + b"Content-Length: 5\r\n\r\nhello!", 200, b"hello", False),
        (OK + b"Content-Length: 0\r\n\r\n!", 200, b"", False),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n!", 200, b"hello", False),
        (CHUNKED + b"0\r\n\r\n" + OK + b"\r\n", 200, b"", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n!", 204, b"", False),
        (
            OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            200,
            b"a",
            False,
        ),
    ],
)
def test_a_response_is_the_same_however_it_is_cut(
    response: bytes, status: int, body: bytes, kept: bool
) -> None:
    for parts in cuts(response):
        assert read(*parts) == (status, body, True, kept), parts


def test_without_a_length_a_body_ends_with_the_connection() -> None:
    for parts in cuts(OK + b"X: y\r\n\r\nhello"):
        reader = ResponseReader()
        assert b"".join([reader.feed(part) for part in parts]) == b"hello"
        assert not reader.complete
        reader.end()
        assert (reader.complete, reader.keep_alive) == (True, False)


def test_before_its_head_nothing_is_known_of_a_response() -> None:
    assert read(OK[:-2]) == (0, b"", False, False)


def test_many_chunks_in_one_read_come_out_at_once() -> None:
    reader = ResponseReader()
    reader.feed(CHUNKED)
    assert reader.feed(b"1\r\na\r\n" * 5000 + b"2\r\nb") == b"a" * 5000 + b"b"
    assert reader.feed(b"c\r\n0\r\n\r\n") == b"c"
    assert reader.complete


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    "response",
    [
        OK + b"Content-Length: 5\r\n\r\nhello",
        CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        CHUNKED + b"0\r\nX: y\r\n\r\n",
        CONTINUE + OK + b"Content-Length: 1\r\n\r\na",
    ],
)
def test_an_end_in_the_middle_is_noticed_wherever_it_comes(response: bytes) -> None:
    for at in range(len(response)):
        reader = ResponseReader()
        reader.feed(response[:at])
        where = "half-way through its answer" if reader.status else "without an answer"
        with pytest.raises(Malformed, match=f"^closed the connection {where}$"):
            reader.end()


def test_an_end_after_the_end_is_fine() -> None:
    for response in (OK + b"Content-Length: 0\r\n\r\n", CHUNKED + b"0\r\n\r\n"):
        reader = ResponseReader()
        reader.feed(response)
        reader.end()
        assert reader.complete


# Heads


def test_names_are_lower_case_and_values_bare() -> None:
    found = headers(b"X-A:1", b"x-b: \t two words \t", b"X-C:", b"X-D: caf\xe9", b"X-E: a:b")
    assert found == {"x-a": "1", "x-b": "two words", "x-c": "", "x-d": "café", "x-e": "a:b"}


def test_a_name_given_twice_has_both_values() -> None:
    assert headers(b"Via: a", b"VIA: b") == {"via": "a, b"}


def test_what_comes_before_the_answer_leaves_no_header() -> None:
    reader = ResponseReader()
    reader.feed(HINTS)
    assert (reader.status, reader.headers) == (0, {})
    reader.feed(OK + b"\r\n")
    assert (reader.status, reader.headers) == (200, {})


@pytest.mark.fault(31)
@pytest.mark.parametrize(
    "head",
    [
        *(b"SSH-2.0-OpenSSH_9.2", b"", b"200 OK", b" HTTP/1.1 200 OK", b"http/1.1 200 OK"),
        *(b"HTTP/2 200 OK", b"HTTP/2.0 200 OK", b"HTTP/1.2 200 OK", b"HTTP/1.1  200 OK"),
        *(b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 600 OK", b"HTTP/1.1 +20 OK"),
        *(b"HTTP/1.1 200OK", b"HTTP/1.1 200 O\0K", b"HTTP/1.1 200 OK\nX: y"),
        OK + b"no colon",
        OK + b": no name",
        OK + b"a name: with a space",
        OK + b"X : y",
        OK + b"X\xe9: y",
        OK + b"X\0: y",
        OK + b"X: y\0z",
        OK + b"X: y\nZ: folded",
        OK + b"X: y\rZ: folded",
        OK + b"X: y\r\n folded",
        OK + b"X: y\r\n\tfolded",
        OK + b" X: y",
    ],
)
def test_a_broken_head_is_refused(head: bytes) -> None:
    told = "^sent a broken header$" if head.startswith(OK) else "^did not answer in HTTP/1.1$"
    for parts in cuts(head + b"\r\n\r\n"):
        with pytest.raises(Malformed, match=told):
            read(*parts)


@pytest.mark.parametrize(
    "length",
    [b"+6", b"-6", b"0x6", b"6_0", b"6 0", b"6.0", b"6e0", b"", b"a", b"\xb2", b"9" * 16,
     b"5, 6", b"6,", b",6", b"6;6", b"5\r\nContent-Length: 6"],
)  # fmt: skip
def test_a_length_that_is_not_one_number_is_refused(length: bytes) -> None:
    with pytest.raises(Malformed, match=r"^sent a broken Content-Length$"):
        read(OK + b"Content-Length: " + length + b"\r\n\r\nhello!")


@pytest.mark.parametrize(
    "coding",
    [b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"identity", b"",
     b"xchunked", b"\x0bchunked", b"chunked;q=1", b"chunked\r\nTransfer-Encoding: chunked"],
)  # fmt: skip
def test_an_unknown_transfer_coding_is_refused(coding: bytes) -> None:
    with pytest.raises(Malformed, match=r"^used an unknown transfer coding$"):
        read(OK + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n")


# Chunks


@pytest.mark.parametrize(
    "chunks",
    [
        b"+6\r\nhello!\r\n",
        b"-6\r\nhello!\r\n",
        b"0x6\r\nhello!\r\n",
        b"6_0\r\nhello!\r\n",
        b" 6\r\nhello!\r\n",
        b"6 6\r\nhello!\r\n",
        b"6\x0b\r\nhello!\r\n",
        b"6,\r\nhello!\r\n",
        b"zz\r\nhello!\r\n",
        b"\xef\xbc\x96\r\nhello!\r\n",  # a full-width 6
        b"0000000000000006\r\nhello!\r\n",
        b";a=b\r\nhello!\r\n",
        b"\r\nhello!\r\n",
        b"\r\n6\r\nhello!\r\n",
        b"6\r\nhello!\r\n\r\n6\r\nhello!\r\n",
        b"5\r\nhello!\r\n",
        b"5\r\nhello6\r\nhello!\r\n",
        b"5\r\nhello\n",
        b"5\nhello\n",
    ],
)
def test_a_broken_chunk_is_refused(chunks: bytes) -> None:
    for parts in cuts(CHUNKED + chunks + b"0\r\n\r\n"):
        with pytest.raises(Malformed, match=r"^sent a broken chunk$"):
            read(*parts)


def test_a_chunk_line_of_any_length_in_bounds_is_read() -> None:
    line = b"1;" + b"a" * (MAX_CHUNK_LINE - 10)
    for size in (1, 1000, 10_000):
        answer = read(CHUNKED, *pieces(line + b"\r\na\r\n0\r\n\r\n", size))
        assert answer == (200, b"a", True, True)


# Without end


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("begun", "endless"),
    [
        (b"", b"a"),
        (OK, b"X: y\r\n"),
        (OK + b"X: ", b"a"),
        (CHUNKED, b"1"),
        (CHUNKED, b";"),
        (CHUNKED + b"1;", b"a"),
        (CHUNKED + b"0\r\nX: ", b"a"),
    ],
)
@pytest.mark.parametrize("size", [1000, 65536])
def test_what_never_ends_is_given_up(begun: bytes, endless: bytes, size: int) -> None:
    more = [endless * (size // len(endless))] * (2 * MAX_HEAD // size + 1)
    with pytest.raises(Malformed, match=r"^sent a (line|header) without end$"):
        read(begun, *more)


def test_a_long_head_is_read_and_a_longer_one_refused_however_they_are_cut() -> None:
    for length, fits in ((MAX_HEAD - 100, True), (MAX_HEAD + 100, False)):
        head = OK + b"X: " + b"a" * (length - len(OK) - 3) + b"\r\n\r\n"
        for size in (1000, 65536, len(head)):
            if fits:
                assert read(*pieces(head, size)).status == 200
                continue
            with pytest.raises(Malformed, match=r"^sent a (line|header) without end$"):
                read(*pieces(head, size))


def test_a_chunk_line_over_the_bound_is_refused_however_it_is_cut() -> None:
    line = b"1;" + b"a" * MAX_CHUNK_LINE + b"\r\na\r\n0\r\n\r\n"
    for size in (1000, len(line)):
        with pytest.raises(Malformed, match=r"^sent a (line|header) without end$"):
            read(CHUNKED, *pieces(line, size))


def test_thousands_of_early_hints_in_one_read_do_no_harm() -> None:
    assert read(CONTINUE * 2600 + OK + b"Content-Length: 0\r\n\r\n").status == 200


@pytest.mark.parametrize(
    "line",
    [b"X: a" + b" " * 30_000 + b"b", b"X: " + b"a " * 15_000 + b"\t", b"a" * 30_000 + b":"],
)
def test_no_header_costs_more_than_its_length(line: bytes) -> None:
    assert cpu_seconds(OK + line + b"\r\n\r\n") < 0.5
