from __future__ import annotations

import socket
import threading
import time
from ipaddress import IPv4Network, ip_network

import pytest

from tests.fetch.addresses import INSIDE, TRICKS
from tests.fetch.strangers import Guard, Names, Stranger, page
from utils.errors import InvalidRequest
from utils.fetch import Fetcher
from utils.public_networks import PublicNetworks

HERE = IPv4Network("127.0.0.1/32")


def outcome(url: str, *allowed: IPv4Network, ports: frozenset[int] | None = None) -> str:
    """The text that was fetched, or what was said instead."""
    fetcher = Fetcher(limit=1000, deadline=10, allow_networks=allowed, ports=ports)
    try:
        return fetcher.get(url).data.decode()
    except InvalidRequest as error:
        return f"{error.code}: {error.message}"


def places(
    address: str, *allowed: str, port: int = 443, ports: tuple[int, ...] = (443,)
) -> int:
    """How many places the address is."""
    networks = PublicNetworks([ip_network(text) for text in allowed], frozenset(ports))
    return len(networks.places(address, port, patience=10))


CLOSED = "has no public address, or the URL's port is not one that is fetched from."


@pytest.mark.fault(64)
@pytest.mark.parametrize("host", INSIDE)
def test_no_way_of_writing_an_inner_address_leads_there(
    names: Names, stranger: Stranger, host: str
) -> None:
    message = outcome(f"http://{host}:{stranger.port}/")
    assert message == f"url_not_fetched: {host} {CLOSED}"
    assert not stranger.requests


@pytest.mark.fault(64, 65)
@pytest.mark.parametrize("host", TRICKS)
def test_no_trick_with_a_host_leads_inside(
    names: Names, guard: Guard, stranger: Stranger, host: str
) -> None:
    for inside in ("localhost", "localhost.", "metadata.google.internal", "inside.example"):
        names.add(inside, ["127.0.0.1"])
    names.add("8.8.8.8", [])
    outcome(f"http://{host}:{stranger.port}/")
    assert not guard.connects
    assert not stranger.requests


@pytest.mark.fault(66)
def test_a_name_inside_and_one_that_does_not_exist_are_told_alike(
    names: Names, guard: Guard
) -> None:
    names.add("db.internal", ["10.1.2.3"])
    told = {
        outcome(f"http://{name}/", ports=frozenset((80,))).replace(name, "*")
        for name in ("db.internal", "no-db.internal", "10.1.2.3", "x" * 64 + ".example")
    }
    assert told == {f"url_not_fetched: * {CLOSED}"}
    assert not guard.connects


@pytest.mark.fault(66)
@pytest.mark.parametrize("inner", ["10.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("first", [True, False])
def test_a_name_with_a_good_and_a_bad_address_is_bad(
    names: Names, guard: Guard, stranger: Stranger, inner: str, *, first: bool
) -> None:
    names.add("both.example", [inner, "127.0.0.1"] if first else ["127.0.0.1", inner])
    outcome(f"http://both.example:{stranger.port}/", HERE)
    assert not guard.connects


@pytest.mark.fault(66)
def test_a_name_is_looked_up_once_whatever_it_would_answer_next(
    names: Names, guard: Guard, stranger: Stranger
) -> None:
    names.add("rebound.example", ["127.0.0.1"], ["10.0.0.1"])
    stranger.elsewhere = page(b"inside")
    url = f"http://rebound.example:{stranger.port}/"
    assert outcome(url, HERE) == "inside"
    assert names.looked_up == ["rebound.example"]
    assert guard.connects == ["127.0.0.1"]


@pytest.mark.fault(66)
def test_a_name_that_would_be_good_the_next_time_is_bad_now(
    names: Names, guard: Guard, stranger: Stranger
) -> None:
    names.add("rebound.example", ["10.0.0.1"], ["127.0.0.1"])
    outcome(f"http://rebound.example:{stranger.port}/", HERE)
    assert names.looked_up == ["rebound.example"]
    assert not guard.connects


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "100.128.0.1", "2606:4700::1111"])
def test_public_addresses_are_open(names: Names, address: str) -> None:
    assert places(address) == 1
    assert places(f"::ffff:{address}" if "." in address else address) == 1


def test_a_public_name_has_all_its_addresses(names: Names) -> None:
    names.add("two.example", ["8.8.8.8", "2606:4700::1111"])
    assert places("two.example") == 2


@pytest.mark.fault(68)
@pytest.mark.parametrize("port", [0, 22, 25, 6379, 11211, 8080])
def test_other_ports_than_the_webs_are_closed(names: Names, port: int) -> None:
    assert places("8.8.8.8", port=port) == 0


def test_an_allowed_network_is_open_on_every_port(names: Names) -> None:
    assert places("10.1.2.3", "10.0.0.0/8", port=8080) == 1
    assert places("::ffff:10.1.2.3", "10.0.0.0/8", port=8080) == 1
    assert places("fd00::1", "10.0.0.0/8", "fd00::/8", port=22) == 1
    assert places("11.1.2.3", "10.0.0.0/8", port=8080) == 0
    assert places("192.168.0.1", "10.0.0.0/8") == 0


@pytest.mark.fault(69)
def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
    fetcher = Fetcher(limit=1, deadline=0.3)
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(InvalidRequest, match="has no public address"):
            fetcher.get("http://slow.example/")
    assert time.monotonic() - began < 10
    released.set()
