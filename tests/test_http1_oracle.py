"""Any well-formed response, as http.client reads it."""

from __future__ import annotations

import random
import socket
from http.client import HTTPResponse
from io import BytesIO
from typing import NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cuts import PLACES, cut_at, cuts
from utils.http1 import ResponseReader


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    keep_alive: bool


class Wire:
    """All that http.client asks of a socket."""

    def __init__(self, response: bytes) -> None:
        self._response = response

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._response)


def theirs(response: bytes) -> Answer:
    answer = HTTPResponse(cast(socket.socket, Wire(response)))
    answer.begin()
    names = {name.lower() for name in answer.headers}
    headers = {name: ", ".join(answer.headers.get_all(name, [])) for name in names}
    return Answer(answer.status, headers, answer.read(), not answer.will_close)


def ours(parts: list[bytes]) -> Answer:
    reader = ResponseReader()
    body = b"".join([reader.feed(part) for part in parts])
    reader.end()
    return Answer(reader.status, reader.headers, body, reader.keep_alive)


def in_any_case(text: str) -> st.SearchStrategy[str]:
    return st.lists(st.booleans(), min_size=len(text), max_size=len(text)).map(
        lambda upper: "".join(
            letter.upper() if up else letter.lower()
            for up, letter in zip(upper, text, strict=True)
        )
    )


VALUES = st.from_regex(r"([!-~é]([ !-~é\t]{0,20}[!-~é])?)?", fullmatch=True)
FIELDS = st.lists(st.tuples(st.sampled_from(["X-A", "x-a", "X-B", "Server", "c"]), VALUES))
EXTENSIONS = st.sampled_from(["", ";a", ";a=b", " ; a", ';a="b c"', "  "])


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    written = b""
    for chunk in [*draw(st.lists(st.binary(min_size=1, max_size=300), max_size=5)), b""]:
        size = draw(in_any_case(f"{len(chunk):x}")).rjust(draw(st.integers(0, 6)), "0")
        written += f"{size}{draw(EXTENSIONS)}\r\n".encode() + chunk + b"\r\n" * bool(chunk)
    return written + fields(draw(FIELDS)) + b"\r\n"


def fields(pairs: list[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in pairs).encode("latin-1")


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    status = draw(st.sampled_from([200, 201, 204, 302, 304, 400, 429, 500, 522]))
    head, body = draw(FIELDS), b""
    match draw(st.sampled_from(["length", "chunks", "close"])):
        case _ if status in (204, 304):
            pass
        case "chunks":
            head.append((draw(in_any_case("Transfer-Encoding")), draw(in_any_case("chunked"))))
            body = draw(chunked())
        case "length":
            body = draw(st.binary(max_size=300))
            head.append((draw(in_any_case("Content-Length")), str(len(body))))
        case "close":
            body = draw(st.binary(max_size=300))
    if draw(st.booleans()):
        head.append(
            (draw(in_any_case("Connection")), draw(st.sampled_from(["close", "Close"])))
        )
    random.Random(draw(st.integers(0, 9))).shuffle(head)
    before = b"HTTP/1.1 100 Continue\r\n\r\n" * draw(st.integers(0, 2))
    return before + f"HTTP/1.1 {status} Why\r\n".encode() + fields(head) + b"\r\n" + body


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=150)
@given(response=responses(), places=PLACES)
def test_any_response_cut_anywhere_reads_as_http_client_reads_it(
    response: bytes, places: list[int]
) -> None:
    assert ours(cut_at(response, places)) == theirs(response)


@pytest.mark.fault(105)
@settings(derandomize=True, deadline=None, max_examples=60)
@given(response=responses())
def test_any_response_reads_the_same_at_every_cut(response: bytes) -> None:
    whole = ours([response])
    for parts in cuts(response):
        assert ours(parts) == whole
