"""What is set apart for calls that ask more than once, and for those that nobody waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.replies import whole
from simulator.server import Simulator
from tests.ledger.relays import ended, key, month, request, row, row_of
from tests.raw import connected
from tests.serving import ASKED, KEY, ThreadedRelay, config_for
from utils.domain.callers import Caller, Grant
from utils.domain.calls import Estimate
from utils.domain.payers import Payer
from utils.errors import ClientLeft
from utils.relay_file import RelayFile
from utils.web.calls.charges import Charges

CHAT = "/v1/chat/completions"
IMAGE = {"prompt": "a cat", "model": "dall-e-2"}


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """With a server of its own that is away, and a model of 1min.ai's in its place."""
    server = {"base_url": "http://127.0.0.1:9/v1", "models": {"llama": {}}}
    file = RelayFile.model_validate(
        {"fallbacks": {"llama": ["gpt-4o-mini"]}, "backends": {"house": server}}
    )
    config = config_for(
        onemin.url,
        tmp_path_factory.mktemp("relay"),
        one_min_api_keys=("the-relays-own-key",),
        rate_limit_tokens=20_000,
    )
    relay = ThreadedRelay(config, file)
    relay.get("/v1/models")  # so that its catalog is live
    yield relay
    relay.stop()


def set_apart(relay: ThreadedRelay) -> int:
    """Nothing as soon as no call is under way, which is a moment after its last byte."""
    deadline = time.monotonic() + 5
    while (found := _set_apart(relay)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def _set_apart(relay: ThreadedRelay) -> int:
    assert relay.services.ledger.flush(20)
    with relay.services.database.read() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM reservations").scalar_one()
    return int(found)


def test_choices_that_do_not_fit_a_budget_are_refused_at_once_and_leave_nothing_set_apart(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    mine, before = key(relay, monthly_tokens=15_000), len(onemin.chats)
    refused = relay.post(CHAT, ASKED | {"n": 8}, headers=mine)
    assert refused.status_code == 429
    assert set_apart(relay) == 0
    assert len(onemin.chats) == before
    assert relay.post(CHAT, ASKED | {"n": 2}, headers=mine).status_code == 200
    assert set_apart(relay) == 0


def test_nothing_is_charged_for_a_call_that_is_over(relay: ThreadedRelay) -> None:
    grant = Grant(monthly_tokens=1000)
    who = Caller(owner="left", payer=Payer("left"), address="", grant=grant, known=True)
    charges = Charges(who, relay.services, None)
    charges.end()
    with pytest.raises(ClientLeft):
        charges.make(Estimate(10, 10, None))
    assert charges.tokens is None
    assert set_apart(relay) == 0


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
@pytest.mark.parametrize(("credits", "status"), [(1, 429), (10**6, 200)])
def test_a_model_that_stands_in_for_a_free_one_has_to_fit_the_budget(
    relay: ThreadedRelay, path: str, credits: int, status: int
) -> None:
    asked = ASKED | {"model": "llama", "max_tokens": 50}
    reply = relay.post(path, asked, headers=key(relay, monthly_credits=credits))
    assert reply.status_code == status, reply.text
    found = row_of(relay, reply)
    assert found["model"] == "gpt-4o-mini"
    assert set_apart(relay) == 0


def test_every_picture_of_a_call_counts(relay: ThreadedRelay, onemin: Simulator) -> None:
    mine, before = key(relay, monthly_credits=90_000), len(onemin.features)
    path = "/v1/images/generations"
    assert relay.post(path, IMAGE | {"n": 4}, headers=mine).status_code == 429
    assert len(onemin.features) == before
    assert relay.post(path, IMAGE, headers=mine).status_code == 200


def test_a_video_is_booked_whether_or_not_its_client_waits(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    mine, before = key(relay, monthly_credits=10**6), len(onemin.features)
    body: dict[str, Any] = {"model": "sora-2", "prompt": "a cat [[delay=600]]"}
    with connected(relay.port) as client:
        head = request("left-video", "/v1/videos", **body)
        client.sendall(head.replace(KEY.encode(), mine["Authorization"][7:].encode()))
        onemin.wait_for_features(before + 1)
    found = row(relay, "left-video")
    assert ended(found) == (499, "client_left", "sora-2")
    assert found["credits"] == month(relay, mine)["credits"] > 0
    assert found["approximate"]


def test_a_video_costs_what_1min_ai_tells_in_the_end(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    mine = key(relay, monthly_credits=10**6)
    begun = relay.post("/v1/videos", {"model": "sora-2", "prompt": "a cat"}, headers=mine)
    assert row_of(relay, begun)["approximate"]
    record: dict[str, Any] = {"status": "SUCCESS", "metadata": {"credit": 123_456}}
    record["aiRecordDetail"] = {"resultObject": ["videos/a.mp4"]}
    onemin.script_results(whole({"aiRecord": record}))
    told = relay.get(f"/v1/videos/{begun.json()['id']}", headers=mine)
    assert told.headers["x-credits-used"] == "123456"
    found = row_of(relay, begun)
    assert found["credits"] == month(relay, mine)["credits"] == 123_456
    assert not found["approximate"]
