"""First lines, hosts, long heads, and requests in a row."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.clients.typed import (
    BODY,
    HEALTH,
    HOST,
    KEYED,
    LAST,
    SIZE,
    answers,
    head,
    post,
    refusal,
)
from tests.raw import connected, read_until
from tests.serving import ThreadedRelay
from utils.web.serving.parsing import LONGEST_HEAD


@pytest.mark.fault(63)
def test_an_absolute_form_is_the_same_path_here_and_no_call_elsewhere(
    relay: ThreadedRelay, paid: Callable[[], int]
) -> None:
    for origin in (
        b"http://relay",
        b"https://relay:443",
        b"http://[::1]:1",
        b"http://10.0.0.1",
    ):
        line = b"GET " + origin + b"/healthz HTTP/1.1"
        [answer] = answers(relay.port, head(line, b"Host: relay", LAST))
        assert (answer.status, answer.body) == (200, {"status": "ok"})
    [root] = answers(relay.port, head(b"GET http://relay HTTP/1.1", b"Host: relay", LAST))
    assert "endpoints" in root.body
    assert not paid()


@pytest.mark.fault(63)
def test_whoever_wants_a_tunnel_gets_none(relay: ThreadedRelay) -> None:
    for method in (b"CONNECT", b"TRACE"):
        line = method + b" http://relay/v1/models HTTP/1.1"
        [answer] = answers(relay.port, head(line, b"Host: relay", LAST))
        assert (answer.status, answer.body["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.fault(61)
@pytest.mark.parametrize(
    "hosts",
    [[], [b""], [b"relay", b"relay"], [b"relay", b"other"], [b"a/?x="], [b"a@b"], [b"a:b@c"],
     [b"relay:80:80"], [b"relay:x"], [b"a b"], [b"a,b"], [b"[::1"], [b"a\\b"], [b"a#b"],
     [b"\xe9"], [b"http://a"]],
)  # fmt: skip
def test_a_host_that_is_none_is_refused(relay: ThreadedRelay, hosts: list[bytes]) -> None:
    lines = [b"Host: " + host for host in hosts]
    assert refusal(relay.port, head(b"GET /healthz HTTP/1.1", *lines)).status == 400


@pytest.mark.fault(61)
def test_no_answer_depends_on_the_host(relay: ThreadedRelay) -> None:
    for host in (
        b"relay",
        b"relay.example:5001",
        b"my_relay",
        b"127.0.0.1",
        b"[::1]:5001",
        b"evil",
    ):
        [answer] = answers(relay.port, head(b"GET /healthz HTTP/1.1", b"Host: " + host, LAST))
        assert answer.status == 200
        assert host not in str(answer).encode() or host == b"relay"
    [old] = answers(relay.port, head(b"GET /healthz HTTP/1.0"))
    assert old.status == 200


@pytest.mark.fault(62)
def test_a_name_with_an_underscore_is_no_header(
    relay: ThreadedRelay, paid: Callable[[], int]
) -> None:
    """Else it could stand for the one with a hyphen, which a proxy has checked."""
    asked = (
        b"GET /v1/usage HTTP/1.1\r\n" + HOST + b"X_Api_Key: a-key\r\nConnection: close\r\n\r\n"
    )
    [answer] = answers(relay.port, asked)
    assert answer.status == 401
    framed = post(b"Content_Length: 5", LAST, body=HEALTH)
    assert [told.status for told in answers(relay.port, framed)] == [400]
    coded = post(b"Transfer_Encoding: chunked", LAST, body=HEALTH)
    assert [told.status for told in answers(relay.port, coded)] == [400]
    assert not paid()


@pytest.mark.fault(49, 50)
def test_a_head_may_be_long_but_not_endless(relay: ThreadedRelay) -> None:
    long = head(b"GET /healthz HTTP/1.1", b"Host: relay", LAST, b"X: " + b"a" * 10_000)
    assert [answer.status for answer in answers(relay.port, long)] == [200]
    longer = head(b"GET /healthz HTTP/1.1", b"Host: relay", b"X: " + b"a" * 100_000)
    assert refusal(relay.port, longer).status == 431
    endless = b"GET /healthz HTTP/1.1\r\nX: " + b"a" * (LONGEST_HEAD + 10)
    assert refusal(relay.port, endless).status == 431


@pytest.mark.fault(50)
def test_so_many_headers_are_refused(relay: ThreadedRelay) -> None:
    few = [b"X-%d: y" % number for number in range(100)]
    [answer] = answers(relay.port, head(b"GET /healthz HTTP/1.1", b"Host: relay", LAST, *few))
    assert answer.status == 200
    for many in ([b"a: b"] * 10_000, [b"X-%d: y" % number for number in range(10_000)]):
        asked = head(b"GET /healthz HTTP/1.1", b"Host: relay", *many)
        assert refusal(relay.port, asked).status == 431


@pytest.mark.fault(49)
def test_a_head_full_of_spaces_holds_nobody_up(relay: ThreadedRelay) -> None:
    """waitress' own pattern would take the square of their number: minutes."""
    spaces = b" " * 30_000 + b"\t" * 30_000
    began = time.monotonic()
    for value in (
        b"X:" + spaces + b"a",
        b"X:" + spaces,
        b"X: a" + spaces + b"b",
        b"X: a" + spaces,
    ):
        [answer] = answers(
            relay.port, head(b"GET /healthz HTTP/1.1", b"Host: relay", LAST, value)
        )
        assert answer.status == 200
    assert time.monotonic() - began < 5


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    "second", [b"GET /healthz\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n", b"X\n"]
)
def test_of_requests_in_a_row_the_first_is_answered_and_the_malformed_refused(
    relay: ThreadedRelay, paid: Callable[[], int], second: bytes
) -> None:
    first = post(SIZE, body=BODY)
    told = answers(relay.port, first + second + HEALTH)
    assert [answer.status for answer in told] == [200, 400]
    assert (told[0].body["object"], paid()) == ("chat.completion", 1)


@pytest.mark.fault(48)
def test_whoever_asks_first_is_told_to_go_on(relay: ThreadedRelay) -> None:
    with connected(relay.port) as client:
        for _ in range(2):
            client.sendall(post(SIZE, b"Expect: 100-continue"))
            assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.sendall(BODY)
            assert read_until(client, b'"usage"').startswith(b"HTTP/1.1 200 OK")


@pytest.mark.fault(48)
def test_whoever_asks_first_is_refused_at_once(relay: ThreadedRelay) -> None:
    large = post(b"Content-Length: 1000000000", b"Expect: 100-continue")
    assert refusal(relay.port, large).status == 413


@pytest.mark.fault(48)
def test_nobody_is_told_to_go_on_with_nothing(relay: ThreadedRelay) -> None:
    """Else the relay would wait, and take the next request for a part of this one."""
    asked = head(b"GET /healthz HTTP/1.1", b"Host: relay", b"Expect: 100-continue")
    with connected(relay.port) as client:
        client.sendall(asked + HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        told = read_until(client, b"no such mark")
    assert (told.count(b"200 OK"), told.count(b"100 Continue")) == (2, 0)


def test_a_refusal_speaks_the_dialect_of_its_url_and_to_pages(relay: ThreadedRelay) -> None:
    [answer] = answers(relay.port, post(b"Content-Length: 1000000000", path="/v1/messages"))
    assert (answer.status, answer.body["type"]) == (413, "error")
    assert answer.body["error"]["type"] == "request_too_large"
    for fault in (b"Content-Length: x", b"Content-Length: 1000000000"):
        page = refusal(relay.port, post(b"Origin: https://page.example", fault))
        assert page.headers["Access-Control-Allow-Origin"] == "*"
    assert KEYED not in str(answer).encode()
