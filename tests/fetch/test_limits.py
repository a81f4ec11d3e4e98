from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

import pytest

from tests.fetch.conftest import FetcherFactory
from tests.fetch.strangers import CHUNKED, OK, Stranger, page, redirect, refusal
from utils.errors import TooLarge
from utils.fetch import Fetcher

pytestmark = pytest.mark.fault(69)


def test_a_file_may_be_as_large_as_the_limit(
    fetcher_with: FetcherFactory, stranger: Stranger
) -> None:
    stranger.pages |= {"/10": page(b"x" * 10), "/11": page(b"x" * 11)}
    stranger.pages["/chunks"] = [CHUNKED, b"6\r\nabcdef\r\n" * 2, b"0\r\n\r\n"]
    fetcher = fetcher_with(limit=10)
    assert len(fetcher.get(f"{stranger.url}/10").data) == 10
    for path in ("/11", "/chunks"):
        with pytest.raises(TooLarge, match="is larger than 10 bytes"):
            fetcher.get(stranger.url + path)


def slowly(data: bytes) -> Iterator[bytes]:
    for byte in data:
        time.sleep(0.1)
        yield bytes([byte])


def test_a_length_over_the_limit_is_believed(fetcher: Fetcher, stranger: Stranger) -> None:
    """The body never comes, and is not waited for."""
    stranger.pages["/"] = chain([OK + b"Content-Length: 100001\r\n\r\n"], slowly(b"x" * 100))
    with pytest.raises(TooLarge):
        fetcher.get(stranger.url)


@pytest.mark.parametrize(
    "parts",
    [
        chain([OK + b"\r\n"], repeat(b"x" * 65536)),
        chain([CHUNKED], repeat(b"8000\r\n" + b"x" * 32768 + b"\r\n")),
        chain([OK + b"Content-Length: ten\r\n\r\n"], repeat(b"x" * 65536)),
    ],
    ids=["plain", "chunked", "no-length"],
)
def test_an_endless_body_is_too_large(
    fetcher: Fetcher, stranger: Stranger, parts: Iterable[bytes]
) -> None:
    stranger.pages["/"] = parts
    with pytest.raises(TooLarge):
        fetcher.get(stranger.url)


@pytest.mark.parametrize(
    "parts",
    [
        slowly(OK + b"X: y\r\n" * 50 + b"\r\n"),
        chain([OK], slowly(b"X" * 300)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" for _ in slowly(b"x" * 300)),
        chain([OK + b"\r\n"], slowly(b"x" * 300)),
        chain([OK + b"Content-Length: 300\r\n\r\n"], slowly(b"x" * 300)),
        chain([CHUNKED], slowly(b"00000000" * 40)),
        chain([CHUNKED, b"1\r\nx\r\n0\r\n"], slowly(b"X: y\r\n" * 50)),
        (b"" for _ in slowly(b"x" * 300)),
    ],
    ids=["head", "header", "continue", "body", "length", "chunk-size", "trailer", "silence"],
)
def test_a_slow_sender_is_left_at_the_deadline(
    fetcher_with: FetcherFactory, stranger: Stranger, parts: Iterable[bytes]
) -> None:
    stranger.pages["/"] = parts
    began = time.monotonic()
    assert refusal(fetcher_with(deadline=0.5), stranger.url).endswith(
        "took too long to answer."
    )
    assert time.monotonic() - began < 10


def delayed(parts: Iterable[bytes]) -> Iterator[bytes]:
    time.sleep(0.3)
    yield from parts


def test_the_deadline_counts_redirects_too(
    fetcher_with: FetcherFactory, stranger: Stranger
) -> None:
    for number in range(3):
        stranger.pages[f"/{number}"] = chain(slowly(b""), delayed(redirect(f"/{number + 1}")))
    stranger.pages["/3"] = delayed(page(b"late"))
    assert "too long" in refusal(fetcher_with(deadline=0.7), f"{stranger.url}/0")
    assert len(stranger.requests) < 4
