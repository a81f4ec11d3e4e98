from __future__ import annotations

import socket
import ssl
import time
from datetime import datetime

import pytest
import trustme

from tests.fetch.conftest import FetcherFactory
from tests.fetch.strangers import Names, Stranger, page, refusal
from tests.tls import tls_front


def test_the_certificate_and_the_name_asked_for_are_the_urls(
    fetcher_with: FetcherFactory, stranger: Stranger, authority: trustme.CA, names: Names
) -> None:
    names.add("files.example.", ["127.0.0.1"])
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("files.example").configure_cert(context)
    context.sni_callback = lambda _, name, __: asked.append(name)
    stranger.pages["/"] = page(b"secure")
    with tls_front(context, stranger.url) as port:
        fetcher = fetcher_with()
        assert fetcher.get(f"https://files.example.:{port}/").data == b"secure"
        assert "certificate" in refusal(fetcher, f"https://127.0.0.1:{port}/")
    assert asked == ["files.example", None]
    assert names.looked_up[0] == "files.example.", "the dot keeps a resolver from adding to it"
    assert f"Host: files.example:{port}" in stranger.requests[0]


@pytest.mark.parametrize("fault", ["unsigned", "another-name", "address", "expired"])
def test_a_certificate_that_proves_nothing_is_refused(
    fetcher_with: FetcherFactory, stranger: Stranger, authority: trustme.CA, fault: str
) -> None:
    certificate = {
        "unsigned": lambda: trustme.CA().issue_cert("files.example"),
        "another-name": lambda: authority.issue_cert("other.example"),
        "address": lambda: authority.issue_cert("127.0.0.1"),
        "expired": lambda: authority.issue_cert(
            "files.example", not_after=datetime(2020, 1, 1)
        ),
    }[fault]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with tls_front(context, stranger.url) as port:
        assert "certificate" in refusal(fetcher_with(), f"https://files.example:{port}/")
    assert not stranger.requests


def test_a_handshake_that_never_ends_is_left_at_the_deadline(
    fetcher_with: FetcherFactory,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://files.example:{silent.getsockname()[1]}/"
        began = time.monotonic()
        assert "too long" in refusal(fetcher_with(deadline=0.5), url)
    assert time.monotonic() - began < 10
