from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from tests.fetch.conftest import FetcherFactory
from tests.fetch.strangers import Guard, Names, Stranger, page, redirect, refusal
from utils.fetch import Fetcher


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_redirects_are_followed(fetcher: Fetcher, stranger: Stranger, status: str) -> None:
    stranger.pages["/a"] = redirect("b?c=d#e", status)
    stranger.pages["/b"] = redirect(f"//files.example:{stranger.port}/ä.txt", status)
    stranger.pages["/%C3%A4.txt"] = page(b"found")
    fetched = fetcher.get(f"{stranger.url}/a")
    assert fetched.data == b"found"
    assert stranger.requests[1].startswith("GET /b?c=d HTTP/1.1")
    assert "Referer" not in stranger.requests[1]


@pytest.mark.fault(67)
def test_three_redirects_are_followed_and_no_more(fetcher: Fetcher, stranger: Stranger) -> None:
    for number in range(4):
        stranger.pages[f"/{number}"] = redirect(f"/{number + 1}")
    stranger.pages["/4"] = page(b"found")
    assert fetcher.get(f"{stranger.url}/1").data == b"found"
    assert "redirects" in refusal(fetcher, f"{stranger.url}/0")


@pytest.mark.fault(67)
def test_a_redirect_in_a_circle_is_given_up(fetcher: Fetcher, stranger: Stranger) -> None:
    stranger.pages["/"] = redirect("/")
    assert "redirects" in refusal(fetcher, stranger.url)
    assert len(stranger.requests) == 4


@pytest.mark.fault(67)
def test_a_redirect_inside_is_refused(
    fetcher_with: FetcherFactory, stranger: Stranger, names: Names, guard: Guard
) -> None:
    inside = Stranger("127.0.0.2")
    names.add("inside.example", ["127.0.0.2"])
    stranger.pages["/"] = redirect(f"http://inside.example:{inside.port}/")
    fetcher = fetcher_with(allow_networks=[IPv4Network("127.0.0.1/32")])
    assert "no public address" in refusal(fetcher, stranger.url)
    assert guard.connects == ["127.0.0.1"]
    inside.close()


def test_a_cookie_goes_to_nobody(fetcher: Fetcher, stranger: Stranger) -> None:
    location = f"http://files.example:{stranger.port}/b"
    stranger.pages["/a"] = page(b"", f"Location: {location}", "Set-Cookie: a=b", status="302 x")
    stranger.pages["/b"] = page(b"found")
    assert fetcher.get(f"http://files.example:{stranger.port}/a").data == b"found"
    assert "ookie" not in stranger.requests[1]
