from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fetch.strangers import CHUNKED, OK, Guard, Names, Stranger, page
from utils.fetch import Fetched, Fetcher


def test_a_file_comes_with_its_type_and_name(fetcher: Fetcher, stranger: Stranger) -> None:
    stranger.pages["/a/cat.png"] = page(b"\x89PNG", "Content-Type: Image/PNG; charset=utf-8")
    assert fetcher.get(f"{stranger.url}/a/cat.png?size=1#top") == Fetched(
        b"\x89PNG", media_type="image/png", name="cat.png"
    )


@pytest.mark.fault(70)
def test_nothing_but_the_url_is_told_to_the_server(
    fetcher: Fetcher, stranger: Stranger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine files.example login me password SECRET\n")
    monkeypatch.setenv("NETRC", str(netrc))
    stranger.pages["/"] = page(b"", "Set-Cookie: seen=before; Path=/")
    for _ in range(2):
        fetcher.get(f"http://files.example:{stranger.port}/?q=1")
    assert set(stranger.requests[1].split("\r\n")) == {
        "GET /?q=1 HTTP/1.1",
        f"Host: files.example:{stranger.port}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
        "User-Agent: 1min-relay",
        "",
    }


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_a_proxy_in_the_environment_is_not_used(
    fetcher: Fetcher, stranger: Stranger, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy = Stranger()
    monkeypatch.setenv(name, proxy.url)
    stranger.pages["/"] = page(b"straight")
    assert fetcher.get(stranger.url).data == b"straight"
    assert not proxy.requests
    proxy.close()


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", ""),
        ("/", ""),
        ("/a/b.pdf", "b.pdf"),
        ("/a/", ""),
        ("/my%20file.PDF", "my file.PDF"),
        ("/%E2%82%AC.txt", "€.txt"),
        ("/%FF.txt", "\ufffd.txt"),
        ("/cafe%CC%81.txt", "café.txt"),
        ("/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("/..%5C..%5Cwin.ini", "win.ini"),
        ("/%2e%2e", ""),
        ("/.htaccess", "htaccess"),
        ("/-rf", "rf"),
        ("/a%00b%0D%0Ac%E2%80%AEd.txt", "abcd.txt"),
        ("/a%22;x=%7C%3C%3E%3F*:b.txt", "ax=b.txt"),
        ("/" + "n" * 4000 + ".txt", "n" * 96 + ".txt"),
    ],
)
def test_a_name_is_safe_for_a_file(
    fetcher: Fetcher, stranger: Stranger, path: str, name: str
) -> None:
    stranger.elsewhere = page()
    assert fetcher.get(stranger.url + path).name == name


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("X: y", ""),
        ("Content-Type:", ""),
        ("Content-Type: nonsense", ""),
        ("Content-Type: text/html<script>", ""),
        ("Content-Type: TEXT/X-C++", "text/x-c++"),
        ("Content-Type: image/svg+xml;charset=utf-8", "image/svg+xml"),
        ("Content-Type: multipart/mixed; boundary=x", "multipart/mixed"),
    ],
)
def test_a_media_type_is_one_or_nothing(
    fetcher: Fetcher, stranger: Stranger, header: str, media_type: str
) -> None:
    stranger.pages["/"] = page(b"text", header)
    assert fetcher.get(stranger.url).media_type == media_type


@pytest.mark.parametrize(
    ("parts", "data"),
    [
        (page(b""), b""),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([OK + b"\r\n", b"to the end"], b"to the end"),
        ([CHUNKED, b"2\r\nab\r\n", b"1\r\nc\r\n0\r\n\r\n"], b"abc"),
        ([OK + b"Content-Length: 2\r\n\r\nab and more"], b"ab"),
        (page(b"as asked", "Content-Encoding: identity"), b"as asked"),
    ],
)
def test_a_body_may_be_framed_in_any_way(
    fetcher: Fetcher, stranger: Stranger, parts: list[bytes], data: bytes
) -> None:
    stranger.pages["/"] = parts
    assert fetcher.get(stranger.url).data == data


def test_an_international_name_is_looked_up_in_ascii(
    fetcher: Fetcher, stranger: Stranger, names: Names
) -> None:
    names.add("xn--bcher-kva.example", ["127.0.0.1"])
    stranger.pages["/"] = page(b"found")
    assert fetcher.get(f"http://BÜCHER.example:{stranger.port}/").data == b"found"
    assert names.looked_up == ["xn--bcher-kva.example"]
    assert f"Host: xn--bcher-kva.example:{stranger.port}" in stranger.requests[0]


def test_the_next_address_is_tried_when_one_is_dead(
    fetcher: Fetcher, stranger: Stranger, names: Names, guard: Guard
) -> None:
    names.add("both.example", ["127.0.0.3", "127.0.0.1"])
    stranger.pages["/"] = page(b"found")
    assert fetcher.get(f"http://both.example:{stranger.port}/").data == b"found"
    assert guard.connects == ["127.0.0.3", "127.0.0.1"]


def test_many_threads_fetch_at_once(fetcher: Fetcher, stranger: Stranger) -> None:
    for number in range(40):
        stranger.pages[f"/{number}"] = page(b"%d" % number)
    with ThreadPoolExecutor(20) as pool:
        urls = [f"{stranger.url}/{number}" for number in range(40)]
        fetched = list(pool.map(fetcher.get, urls))
    assert [int(one.data) for one in fetched] == list(range(40))
