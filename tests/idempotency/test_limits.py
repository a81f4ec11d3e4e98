"""What a replay counts as."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.replies import Hang, Pause, Reply, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.idempotency.asking import ask, is_replay, new_key, request, same
from tests.ledger.relays import key as relay_key
from tests.ledger.relays import row_of
from tests.limits.calling import in_one_minute, remaining, vouched
from tests.raw import connected, read_until
from tests.serving import ASKED


def test_a_replay_is_a_request_and_takes_no_tokens(relay_with: RelayFactory) -> None:
    in_one_minute(3)
    relay = relay_with(rate_limit_requests=4, rate_limit_tokens=1000)
    vouched(relay)
    key = new_key()
    first = ask(relay, key)
    used = row_of(relay, first)
    left = 1000 - used["input_tokens"] - used["output_tokens"]
    second = ask(relay, key)
    assert is_replay(second)
    assert second.headers["x-ratelimit-remaining-requests"] == "2"
    assert second.headers["x-ratelimit-remaining-tokens"] == str(left)
    assert remaining(relay, "tokens") == left
    assert [ask(relay, key).status_code for _ in range(2)] == [200, 429]


def test_a_replay_needs_no_budget(relay_with: RelayFactory) -> None:
    """It was paid for."""
    relay = relay_with(one_min_api_keys=("the-relays-own-key",))
    bearer = relay_key(relay, monthly_tokens=40)["Authorization"].removeprefix("Bearer ")
    key, body = new_key(), ASKED | {"max_tokens": 5}
    replies = [ask(relay, key, body, bearer=bearer) for _ in range(5)]
    assert replies[0].status_code == 200
    assert all(same(replies[0], reply) for reply in replies)
    anew = [ask(relay, new_key(), body, bearer=bearer).status_code for _ in range(5)]
    assert anew[-1] == 429
    assert same(replies[0], ask(relay, key, body, bearer=bearer))


@pytest.mark.long
def test_a_replay_needs_no_place_among_the_calls_at_once(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(rate_limit_concurrency=1)
    key = new_key()
    first = ask(relay, key)
    onemin.script(says("Hel", Hang(), "lo"))
    with connected(relay.port) as client:
        client.sendall(request(new_key(), body=ASKED | {"stream": True}))
        read_until(client, b"Hel")
        assert ask(relay, new_key()).status_code == 429
        assert same(first, ask(relay, key))


@pytest.mark.long
def test_whoever_waited_finds_a_place_free(relay_with: RelayFactory, onemin: Simulator) -> None:
    """A try again after a failure is no call beside the one that failed."""
    relay, key = relay_with(rate_limit_concurrency=1), new_key()
    onemin.script(Reply(500, body=(b"", Pause(0.1), b"oops")))
    with ThreadPoolExecutor(2) as pool:
        replies = [*pool.map(lambda _: ask(relay, key), range(2))]
    assert sorted(reply.status_code for reply in replies) == [200, 502]
