from __future__ import annotations

import gzip
import logging
import socket
import traceback
from contextlib import closing, suppress
from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fetch.strangers import CHUNKED, OK, Names, Stranger, page, redirect, refusal
from utils.errors import InvalidRequest, TooLarge
from utils.fetch import Fetcher


@pytest.mark.fault(67, 69)
@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"],
        [OK + b"Content-Length: 100\r\n\r\nSECRET-TEXT"],
        [CHUNKED, b"ff\r\nSECRET-TEXT"],
        [CHUNKED, b"SECRET-TEXT\r\n"],
        [OK + b"SECRET-TEXT without a colon\r\nX: y\r\n\r\n"],
        [OK + b"X: SECRET-TEXT\r\n" * 200 + b"\r\n"],
        [OK + b"X: " + b"SECRET-TEXT" * 7000 + b"\r\n\r\n"],
        [OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
        page(b"SECRET-TEXT", status="404 Not Found"),
        page(b"SECRET-TEXT", status="500 SECRET-TEXT"),
        page(b"SECRET-TEXT", status="304 Not Modified"),
        page(b"SECRET-TEXT", status="302 Found"),
        page(gzip.compress(bytes(10**6)), "Content-Encoding: gzip"),
        page(b"SECRET-TEXT", "Content-Encoding: x-secret"),
        redirect("file:///etc/passwd"),
        redirect("FILE:///etc/passwd"),
        redirect("gopher://127.0.0.1/"),
        redirect("data:text/plain,SECRET-TEXT"),
        redirect("http://SECRET-TEXT@files.example/"),
        redirect("http://files.example\\@10.0.0.1/"),
        redirect("http://10.0.0.1/?SECRET-TEXT"),
        redirect("http://[::1/SECRET-TEXT"),
        redirect("//169.254.169.254/latest/meta-data"),
        redirect("http://\u00ff\u00fe/"),
    ],
)
def test_what_goes_wrong_is_told_without_anyones_secrets(
    fetcher: Fetcher, stranger: Stranger, caplog: pytest.LogCaptureFixture, parts: list[bytes]
) -> None:
    caplog.set_level(logging.INFO)
    stranger.pages["/SECRET-PATH"] = parts
    url = f"{stranger.url}/SECRET-PATH?token=SECRET-TOKEN"
    with pytest.raises(InvalidRequest) as caught:
        fetcher.get(url)
    assert caught.value.code == "url_not_fetched"
    assert "SECRET" not in caught.value.message
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert not caplog.records
    assert len(stranger.requests) == 1


@pytest.mark.fault(65)
@pytest.mark.parametrize(
    "url",
    [
        "",
        "files.example/a",
        "//files.example/a",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://files.example/a",
        "gopher://files.example/a",
        "jar:http://files.example/a!/b",
        "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/info",
        "data:text/plain,hello",
        "http:",
        "http://",
        "http:///a",
        "http:files.example",
        "http://user@files.example/",
        "http://user:SECRET@files.example/",
        "http://@files.example/",
        "http://a@b@files.example/",
        "http://files.example:port/",
        "http://files.example:99999/",
        "http://files.example:-1/",
        " http://files.example/",
        "http://files.example/\n",
        "http://files.exa\tmple/",
        "http://files.example/a b",
        "http://files.example\\@10.0.0.1/",
        "http://files.example/\x00",
        "http://files.example\u2028/",
        "http://files.example/" + "a" * 8192,
        "http://\ud800/",
    ],
)
def test_what_is_no_web_address_is_refused_before_any_lookup(
    fetcher: Fetcher, names: Names, url: str
) -> None:
    assert "SECRET" not in refusal(fetcher, url)
    assert not names.looked_up


@pytest.mark.fault(65)
@pytest.mark.parametrize("scheme", ["", "file:", "ftp:", "gopher:", "http+unix:", "httpx:"])
def test_only_the_webs_schemes_are_fetched(fetcher: Fetcher, scheme: str) -> None:
    assert (
        refusal(fetcher, f"{scheme}//files.example/") == "Only http and https URLs are fetched."
    )


@pytest.fixture(scope="module")
def closed_to_all() -> Fetcher:
    return Fetcher(limit=1, deadline=5, ports=frozenset())


@given(text=st.text(max_size=40))
def test_no_text_is_answered_with_anything_but_a_refusal(
    closed_to_all: Fetcher, text: str
) -> None:
    for url in (text, f"http://{text}", f"https://files.example{text}"):
        refusal(closed_to_all, url)


def test_nobody_listening_is_told(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "could not be reached" in refusal(fetcher, f"http://127.0.0.1:{port}/")


PIECES = [
    *(b"Content-Length", b"Transfer-Encoding", b"Content-Type", b"Set-Cookie", b"Location"),
    *(b"Content-Encoding", b":", b": ", b"\r\n", b"\n", b"\r", b"chunked", b"a=b; Path"),
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 x\r\n", b"//files.example/", b"5"),
]


@settings(deadline=None, max_examples=50)
@given(parts=st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=20))
def test_whatever_a_server_sends_is_a_file_or_a_refusal(parts: list[bytes]) -> None:
    fetcher = Fetcher(limit=99, deadline=10, allow_networks=[IPv4Network("127.0.0.1")])
    with closing(Stranger()) as stranger:
        stranger.elsewhere = [b"HTTP/1.1 200 OK\r\n", *parts]
        with suppress(InvalidRequest, TooLarge):
            assert len(fetcher.get(stranger.url).data) < 100
