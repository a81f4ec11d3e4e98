from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.fetch.strangers import Guard, Names, Stranger
from utils.fetch import Fetcher

FetcherFactory = Callable[..., Fetcher]


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    names.add("files.example", ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    return names


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    guard = Guard(monkeypatch)
    yield guard
    assert not guard.outside


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    stranger = Stranger()
    yield stranger
    stranger.close()


@pytest.fixture
def fetcher_with() -> FetcherFactory:
    """Fetchers with settings of their own."""

    def make(**settings: Any) -> Fetcher:
        here = [IPv4Network("127.0.0.0/8")]
        defaults: dict[str, Any] = {"allow_networks": here, "limit": 100_000, "deadline": 10}
        return Fetcher(**(defaults | settings))

    return make


@pytest.fixture
def fetcher(fetcher_with: FetcherFactory) -> Fetcher:
    return fetcher_with()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts for the length of a test."""
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return authority
