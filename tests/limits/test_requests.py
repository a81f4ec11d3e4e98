from __future__ import annotations

import pytest

from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.limits.calling import bearing, granted, statuses, told, vouched
from tests.limits.conftest import Clock
from tests.serving import HEADERS


def test_each_key_that_1min_ai_knows_has_its_own_allowance(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=2)
    vouched(relay, "known-key", "another-known-key")
    assert statuses(relay, 3, "known-key") == [200, 200, 429]
    assert statuses(relay, 1, "another-known-key") == [200]


@pytest.mark.fault(78)
def test_keys_that_nobody_knows_share_what_their_address_may(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=2)
    assert [statuses(relay, 1, f"unknown-key-{n}")[0] for n in range(3)] == [200, 200, 429]


def test_a_key_is_the_same_caller_in_every_header(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=3)
    vouched(relay, "known-key")
    names = {"x-api-key": "known-key"}, {"api-key": "known-key"}, bearing("known-key")
    for headers in names:
        assert relay.get("/v1/models", headers=headers).status_code == 200
    assert relay.get("/v1/models", headers=names[0]).status_code == 429


def test_a_key_of_the_relays_may_have_limits_of_its_own(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=4, rate_limit_tokens=50)
    assert statuses(relay, 5, granted(relay)) == [200] * 4 + [429]
    assert statuses(relay, 3, granted(relay, requests=2)) == [200, 200, 429]
    assert set(statuses(relay, 9, granted(relay, requests=0))) == {200}
    own = granted(relay, requests=9, tokens=70)
    limits = told(relay.get("/v1/models", headers=bearing(own)))
    assert (limits["limit-requests"], limits["limit-tokens"]) == ("9", "70")


def test_every_answer_to_a_caller_tells_what_is_left(
    relay_with: RelayFactory, clock: Clock
) -> None:
    relay = relay_with(rate_limit_requests=2, rate_limit_tokens=1000)
    vouched(relay)
    clock.advance(60 - clock() % 60)  # to about the beginning of a minute
    left = {
        "limit-requests": "2",
        "remaining-requests": "1",
        "reset-requests": "120s",
        "limit-tokens": "1000",
        "remaining-tokens": "1000",
        "reset-tokens": "0s",
    }
    assert told(relay.get("/v1/models", headers=HEADERS)) == left
    clock.advance(20)
    left |= {"remaining-requests": "0", "reset-requests": "100s"}
    assert told(relay.get("/v1/models/none", headers=HEADERS)) == left
    refused = relay.get("/v1/models", headers=HEADERS)
    assert (refused.status_code, told(refused)) == (429, left)
    clock.advance(55)  # a quarter of the next minute is over
    relay.session.close()  # the connection may be too old now
    left |= {"reset-requests": "105s"}
    assert told(relay.get("/v1/models", headers=HEADERS)) == left
    assert told(relay.get("/healthz")) == told(relay.get("/v1/nowhere")) == {}


def test_a_refusal_says_when_to_come_back(
    relay_with: RelayFactory, onemin: Simulator, clock: Clock
) -> None:
    relay = relay_with(rate_limit_requests=1)
    vouched(relay)
    assert "Retry-After" not in relay.chat().headers
    refused = relay.chat()
    error = refused.json()["error"]
    assert refused.status_code == 429
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert len(onemin.chats) == 1
    clock.advance(int(refused.headers["Retry-After"]))
    relay.session.close()  # the connection is too old now
    assert relay.chat().status_code == 200


def test_health_preflight_and_unknown_urls_cost_nothing(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=1)
    for _ in range(3):
        assert relay.get("/healthz").status_code == 200
        assert relay.get("/").status_code == 200
        assert relay.get("/v1/nowhere").status_code == 404
    assert statuses(relay, 2) == [200, 429]


def test_two_relays_in_one_process_do_not_share_an_allowance(relay_with: RelayFactory) -> None:
    first, second = (relay_with(rate_limit_requests=1) for _ in range(2))
    assert statuses(first, 2) == statuses(second, 2) == [200, 429]


@pytest.mark.fault(62)
@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (("6.6.6.6, 1.2.3.0", "6.6.6.6, 1.2.3.1", "7.7.7.7, 1.2.3.0"), [200, 200, 429]),
        (("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", "2001:db8:0:2::1"), [200, 429, 200]),
        (("::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4:5678"), [200, 429, 429]),
        (("[2001:db8::1]:99", "2001:db8::2", "unknown"), [200, 429, 200]),
    ],
)
def test_behind_a_trusted_proxy_a_stranger_is_where_it_says(
    relay_with: RelayFactory, addresses: tuple[str, ...], expected: list[int]
) -> None:
    relay = relay_with(rate_limit_requests=1, trusted_proxies=1)
    sent = [
        relay.get("/v1/models", headers=HEADERS | {"X-Forwarded-For": address})
        for address in addresses
    ]
    assert [reply.status_code for reply in sent] == expected


@pytest.mark.fault(62)
def test_without_a_proxy_a_stranger_is_where_its_connection_comes_from(
    relay_with: RelayFactory,
) -> None:
    relay = relay_with(rate_limit_requests=2)
    claims = [{"X-Forwarded-For": f"1.2.3.{n}", "X_Forwarded_For": "9"} for n in range(3)]
    sent = [relay.get("/v1/models", headers=HEADERS | claim) for claim in claims]
    assert [reply.status_code for reply in sent] == [200, 200, 429]


def test_zero_means_no_limit(relay_with: RelayFactory) -> None:
    relay = relay_with(rate_limit_requests=0, rate_limit_tokens=0)
    assert set(statuses(relay, 200)) == {200}
    assert told(relay.get("/v1/models")) == {}
