"""What two servers in a row could read in two ways is read in none (catalogue C)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from waitress.buffers import BytesIOBasedBuffer

from tests.faults.clients.typed import (
    BODY,
    HEALTH,
    LAST,
    SIZE,
    answers,
    head,
    post,
    refusal,
)
from tests.serving import ThreadedRelay
from utils.web.serving.parsing import LONGEST_LINE, Chunks

CHUNKED = b"Transfer-Encoding: chunked"
IN_CHUNKS = b"%x;a=b\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.fault(56, 57, 58, 59)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([SIZE, CHUNKED], 400),
        ([CHUNKED, SIZE], 400),
        ([b"Content-Length: 0", CHUNKED], 400),
        ([SIZE, b"Transfer-Encoding: xchunked"], 501),
        ([SIZE, b"Transfer-Encoding:"], 400),
        ([SIZE, SIZE], 400),
        ([SIZE, b"Content-Length: 6"], 400),
        ([b"Content-Length: 6, 6"], 400),
        ([b"Transfer-Encoding: xchunked"], 501),
        ([b"Transfer-Encoding: \x0bchunked"], 400),
        ([b"Transfer-Encoding:\r\n chunked"], 400),
        ([b" Transfer-Encoding: chunked"], 400),
        ([b"Transfer-Encoding : chunked"], 400),
        ([b"Transfer-Encoding: chunked\x00"], 400),
        ([b"Transfer-Encoding: chunked, chunked"], 400),
        ([b"Transfer-Encoding: gzip, chunked"], 501),
        ([b"Transfer-Encoding: chunked, gzip"], 501),
        ([b"Transfer-Encoding: identity"], 501),
        ([b"Transfer-Encoding:"], 400),
        ([CHUNKED, CHUNKED], 400),
        ([b"Content-Length: +6"], 400),
        ([b"Content-Length: -6"], 400),
        ([b"Content-Length: 0x6"], 400),
        ([b"Content-Length: 6_0"], 400),
        ([b"Content-Length: 6 6"], 400),
        ([b"Content-Length: 6;"], 400),
        ([b"Content-Length:"], 400),
        ([b"Content-Length: \xb2"], 400),
        ([b"Content-Length: " + b"9" * 30], 413),
        ([b"Content-Length: " + b"9" * 5000], 400),
    ],
)
def test_a_body_of_doubtful_length_is_refused_and_the_connection_closed(
    relay: ThreadedRelay, paid: Callable[[], int], headers: list[bytes], status: int
) -> None:
    hidden = b"0\r\n\r\n" + HEALTH
    assert refusal(relay.port, post(*headers, body=hidden)).status == status
    assert refusal(relay.port, post(*headers, body=BODY + HEALTH)).status == status
    assert not paid()


@pytest.mark.fault(58)
@pytest.mark.parametrize("spelling", [b"chunked", b"  chunked", b"\tCHUNKED \t"])
def test_spaces_around_a_coding_mean_nothing(
    relay: ThreadedRelay, paid: Callable[[], int], spelling: bytes
) -> None:
    """As every server reads it (RFC 9110, 5.5)."""
    [answer] = answers(relay.port, post(b"Transfer-Encoding:" + spelling, LAST, body=IN_CHUNKS))
    assert (answer.status, paid()) == (200, 1)


@pytest.mark.fault(56)
def test_http_1_0_has_no_chunks(relay: ThreadedRelay, paid: Callable[[], int]) -> None:
    for more in ([], [SIZE], [b"Connection: keep-alive"]):
        asked = post(CHUNKED, *more, body=IN_CHUNKS).replace(b"HTTP/1.1", b"HTTP/1.0")
        assert refusal(relay.port, asked + HEALTH).status == 400
    assert not paid()


def test_chunks_may_be_cut_anywhere() -> None:
    sent = IN_CHUNKS + HEALTH
    for cut in range(1, len(IN_CHUNKS)):
        chunks = Chunks(BytesIOBasedBuffer())
        taken = chunks.received(sent[:cut])
        taken += chunks.received(sent[taken:])
        assert (taken, chunks.error) == (len(IN_CHUNKS), None)
        assert chunks.completed
        assert chunks.getfile().read() == BODY


@pytest.mark.fault(58, 60)
@pytest.mark.parametrize(
    "chunks",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\n\r\nhello\r\n0\r\n\r\n",
        b"5;a\n\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5_0\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"5\x00\r\nhello\r\n0\r\n\r\n",
        b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        b"0\r\nTrailer: x\n\r\n\r\n",
        b"5;" + b"a" * LONGEST_LINE,
        b"0\r\nA: " + b"a" * LONGEST_LINE,
    ],
)
def test_chunks_that_are_none_are_refused(relay: ThreadedRelay, chunks: bytes) -> None:
    assert refusal(relay.port, post(CHUNKED, body=chunks + HEALTH)).status == 400


@pytest.mark.fault(60)
@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\nHost: relay\n\n",
        b"GET /healthz HTTP/1.1\r\nHost: relay\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\n",
        b"GET /healthz HTTP/1.1\r\nHost: relay\rX: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\rHost: relay\r\n\r\n",
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X: a", b" b"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X: a", b"\tb"),
        head(b"GET /healthz HTTP/1.1", b" Host: relay"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X : a"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X\t: a"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b": a"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X: a\x00b"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X\x00: a"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X: \x7f"),
        head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X\xe9: a"),
    ],
)
def test_lines_that_are_none_are_refused_at_once(relay: ThreadedRelay, sent: bytes) -> None:
    began = time.monotonic()
    assert refusal(relay.port, sent).status == 400
    assert time.monotonic() - began < 10, "not when the patience for a slow head is at its end"


@pytest.mark.fault(60, 63)
@pytest.mark.parametrize(
    "line",
    [
        b"GET /healthz",
        b"GET /healthz HTTP/0.9",
        b"GET /healthz HTTP/1.2",
        b"GET /healthz HTTP/2.0",
        b"GET /healthz HTTP/1.1 ",
        b"GET /healthz  HTTP/1.1",
        b"GET\t/healthz\tHTTP/1.1",
        b"GET /health\x00z HTTP/1.1",
        b"GET /health\x0bz HTTP/1.1",
        b"GET /health z HTTP/1.1",
        b"GET /health\xe8z HTTP/1.1",
        b"get /healthz HTTP/1.1",
        b"G\x00T /healthz HTTP/1.1",
        b"GET healthz HTTP/1.1",
        b"GET ?x HTTP/1.1",
        b"GET * HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"CONNECT relay:443 HTTP/1.1",
        b"CONNECT 127.0.0.1:22 HTTP/1.1",
        b"GET http://[::1/healthz HTTP/1.1",
        b"GET http://a@relay/healthz HTTP/1.1",
        b"GET http:///healthz HTTP/1.1",
        b"GET ftp://relay/healthz HTTP/1.1",
        b"GET file:///etc/passwd HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_a_first_line_that_is_none_is_refused(relay: ThreadedRelay, line: bytes) -> None:
    assert refusal(relay.port, head(line, b"Host: relay")).status == 400
