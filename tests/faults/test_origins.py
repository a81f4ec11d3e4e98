"""Pages in a browser, and what they are told of who may call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from simulator.server import Simulator
from tests.access.calling import TOKEN
from tests.limits.calling import bearing
from tests.raw import connected, read_until
from tests.serving import ASKED, HEADERS, ThreadedRelay, config_for

PAGE, OTHER = "https://page.example", "http://localhost:3000"
Origins = tuple[str, ...]
EVERYBODY: Origins = ("*",)
NAMED: Origins = (PAGE, OTHER)
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def relays(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[Origins, ThreadedRelay]]:
    """One for all pages, one for two."""
    with Simulator() as onemin:
        running = {
            origins: ThreadedRelay(
                config_for(
                    onemin.url,
                    tmp_path_factory.mktemp("relay"),
                    cors_origins=origins,
                    admin_token=TOKEN,
                )
            )
            for origins in (EVERYBODY, NAMED)
        }
        yield running
        for relay in running.values():
            relay.stop()


@pytest.fixture
def named(relays: dict[Origins, ThreadedRelay]) -> ThreadedRelay:
    return relays[NAMED]


def answers(relay: ThreadedRelay, **headers: str) -> Iterator[requests.Response]:
    """Whole, streamed, refused and of no route; and what a browser asks before."""
    sent = HEADERS | headers
    yield relay.post(CHAT, ASKED, headers=sent)
    yield relay.post(CHAT, {**ASKED, "stream": True}, headers=sent)
    yield relay.post(CHAT, {}, headers=sent)
    yield relay.get("/v1/nowhere", headers=sent)
    asking = headers | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    yield relay.session.options(relay.url + CHAT, headers=asking, timeout=9)


def told(reply: requests.Response) -> dict[str, str]:
    start = "access-control-"
    return {n.lower(): v for n, v in reply.headers.items() if n.lower().startswith(start)}


EVIL = [
    *("null", "*", "", "file://", "https://evil.example", "https://"),
    *(
        f"{PAGE}.evil.example",
        f"{PAGE}evil",
        f"{PAGE}:443@evil.example",
        f"{PAGE}@evil.example",
    ),
    *("https://evilpage.example", "https://sub.page.example", "https://pagexexample"),
    *("http://page.example", "https://page.example:444", f"{PAGE}/", f"{PAGE}/path"),
    *(f"{PAGE}, https://evil.example", f"https://evil.example, {PAGE}", f"{PAGE} {OTHER}"),
    *(f"{PAGE}%00.evil.example", f"{PAGE}%0d%0a", f"{PAGE}`.evil.example", f"{PAGE}_"),
    *("http://localhost", "http://localhost:3001", "http://localhost:30000", "localhost:3000"),
]


@pytest.mark.fault(87)
@pytest.mark.parametrize("origin", EVIL)
def test_a_page_from_elsewhere_is_told_nothing(named: ThreadedRelay, origin: str) -> None:
    for reply in answers(named, Origin=origin):
        assert not told(reply), reply.request.method


@pytest.mark.fault(87)
def test_two_origins_are_none(named: ThreadedRelay) -> None:
    for first, second in ((PAGE, "https://evil.example"), ("https://evil.example", PAGE)):
        head = f"GET /v1/nowhere HTTP/1.1\r\nHost: x\r\nOrigin: {first}\r\nOrigin: {second}\r\n"
        with connected(named.port) as client:
            client.sendall(f"{head}Connection: close\r\n\r\n".encode())
            assert b"access-control" not in read_until(client, b"no such mark").lower()


@pytest.mark.fault(87, 88)
@pytest.mark.parametrize("origin", [PAGE, OTHER, "HTTPS://Page.Example"])
def test_a_page_that_is_named_is_told_of_itself_alone(
    named: ThreadedRelay, origin: str
) -> None:
    """In any case: names of hosts have none."""
    for reply in answers(named, Origin=origin):
        assert told(reply)["access-control-allow-origin"] == origin
        assert reply.headers["Vary"] == "Origin"


@pytest.mark.fault(87)
def test_who_is_no_page_does_not_learn_which_pages_may_call(named: ThreadedRelay) -> None:
    for reply in answers(named):
        assert not told(reply)


@pytest.mark.fault(88)
@pytest.mark.parametrize("origins", [EVERYBODY, NAMED])
@pytest.mark.parametrize("origin", [PAGE, "null", "https://evil.example"])
def test_no_page_may_send_credentials_or_reach_a_private_network(
    relays: dict[Origins, ThreadedRelay], origins: Origins, origin: str
) -> None:
    """The answer to a question about a private network is false, which says no."""
    for reply in answers(relays[origins], Origin=origin, Cookie="session=1"):
        headers = told(reply)
        assert "access-control-allow-credentials" not in headers
        assert headers.get("access-control-allow-private-network", "false") == "false"
        assert "Set-Cookie" not in reply.headers
        if origins == EVERYBODY:
            assert headers["access-control-allow-origin"] == "*"


ADMIN = [
    *("/admin/keys", "/admin/keys/", "//admin/keys", "/admin//keys", "/%61dmin/keys"),
    *("/admin/keys/some", "/admin/usage", "/admin/health", "/admin", "/admin/nowhere"),
    *("/./admin/keys", "/v1/../admin/keys", "/v1/%2e%2e/admin/keys", "/Admin/keys"),
]


@pytest.mark.fault(89)
@pytest.mark.parametrize("origins", [EVERYBODY, NAMED])
@pytest.mark.parametrize("path", ADMIN)
def test_no_page_reaches_what_is_the_operators(
    relays: dict[Origins, ThreadedRelay], origins: Origins, path: str
) -> None:
    """However its path is written, which no library may tidy up. Another path may be told of
    as any is that leads nowhere.
    """
    token = bearing(TOKEN)["Authorization"]
    asking = "Access-Control-Request-Method: GET\r\n"
    for method, more in (("GET", f"Authorization: {token}\r\n"), ("OPTIONS", asking)):
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\n{more}"
        with connected(relays[origins].port) as client:
            client.sendall(f"{head}Connection: close\r\n\r\n".encode())
            reply = read_until(client, b"no such mark").lower()
        leads_nowhere = reply.startswith(b"http/1.1 404") or method == "OPTIONS"
        elsewhere = not path.replace("%61", "a").lstrip("/").startswith("admin")
        assert b"access-control" not in reply or (leads_nowhere and elsewhere)
