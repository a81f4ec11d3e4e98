from __future__ import annotations

import ssl
from contextlib import closing
from ipaddress import IPv4Network

import pytest
import trustme

from tests.fetch.conftest import FetcherFactory
from tests.fetch.strangers import Guard, Names, Stranger, page, redirect, refusal
from tests.tls import tls_front
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


HERE = [IPv4Network("127.0.0.1/32")]  # what these tests take for public


@pytest.mark.fault(67)
@pytest.mark.parametrize("hops", range(1, 11))
def test_no_number_of_redirects_leads_inside(
    fetcher_with: FetcherFactory, stranger: Stranger, guard: Guard, hops: int
) -> None:
    with closing(Stranger("127.0.0.2")) as inside:
        for hop in range(1, hops):
            stranger.pages[f"/{hop}"] = redirect(f"/{hop + 1}")
        stranger.pages[f"/{hops}"] = redirect(f"http://127.0.0.2:{inside.port}/")
        refusal(fetcher_with(allow_networks=HERE), f"{stranger.url}/1")
        assert not inside.requests
    assert set(guard.connects) == {"127.0.0.1"}


@pytest.mark.fault(67, 68)
@pytest.mark.parametrize("port", [22, 25, 6379, 11211])
def test_a_redirect_to_another_services_port_is_refused(
    fetcher: Fetcher, stranger: Stranger, guard: Guard, port: int
) -> None:
    stranger.pages["/"] = redirect(f"http://8.8.8.8:{port}/")
    assert "no public address" in refusal(fetcher, stranger.url)
    assert guard.connects == ["127.0.0.1"]


@pytest.mark.fault(66, 67)
def test_a_name_that_is_inside_when_a_redirect_comes_back_to_it_is_refused(
    fetcher_with: FetcherFactory, stranger: Stranger, names: Names, guard: Guard
) -> None:
    names.add("rebound.example", ["127.0.0.1"], ["127.0.0.2"])
    stranger.pages["/"] = redirect("/again")
    url = f"http://rebound.example:{stranger.port}/"
    assert "no public address" in refusal(fetcher_with(allow_networks=HERE), url)
    assert names.looked_up == ["rebound.example"] * 2
    assert guard.connects == ["127.0.0.1"]


@pytest.mark.fault(67)
def test_a_redirect_from_tls_to_plain_http_inside_is_refused(
    fetcher_with: FetcherFactory, stranger: Stranger, authority: trustme.CA, guard: Guard
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("files.example").configure_cert(context)
    stranger.pages["/"] = redirect("http://127.0.0.2/")
    with tls_front(context, stranger.url) as port:
        url = f"https://files.example:{port}/"
        assert "no public address" in refusal(fetcher_with(allow_networks=HERE), url)
    assert "127.0.0.2" not in guard.connects


@pytest.mark.fault(67)
def test_a_redirect_inside_is_refused(
    fetcher_with: FetcherFactory, stranger: Stranger, names: Names, guard: Guard
) -> None:
    inside = Stranger("127.0.0.2")
    names.add("inside.example", ["127.0.0.2"])
    stranger.pages["/"] = redirect(f"http://inside.example:{inside.port}/")
    fetcher = fetcher_with(allow_networks=HERE)
    assert "no public address" in refusal(fetcher, stranger.url)
    assert guard.connects == ["127.0.0.1"]
    inside.close()


def test_a_cookie_goes_to_nobody(fetcher: Fetcher, stranger: Stranger) -> None:
    location = f"http://files.example:{stranger.port}/b"
    stranger.pages["/a"] = page(b"", f"Location: {location}", "Set-Cookie: a=b", status="302 x")
    stranger.pages["/b"] = page(b"found")
    assert fetcher.get(f"http://files.example:{stranger.port}/a").data == b"found"
    assert "ookie" not in stranger.requests[1]
