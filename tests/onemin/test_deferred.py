from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator.replies import Hang, Reply, html, refusal, whole
from simulator.server import Simulator
from tests.onemin.attaching import KEY, returned
from tests.paying import own
from utils.domain.media import Picture
from utils.errors import InvalidRequest, Unauthorized, UpstreamFailed, UpstreamTimeout
from utils.onemin.client import Client
from utils.onemin.media import images
from utils.onemin.media.deferred import FORGIVEN, Deferred


def asked(client: Client, scenario: str = "", patience: float = 10, key: str = KEY) -> Any:
    prompt = f"a cat [[scenario={scenario}]]" if scenario else "a cat"
    deferred = Deferred(client, patience=patience, pause=0.01)
    picture = Picture(prompt=prompt, model="dall-e-3")
    return returned(deferred.reply(images.build(picture), own(key)))


def polls(onemin: Simulator) -> list[str]:
    return [call.path for call in onemin.calls if call.path.startswith("/api/results/")]


def test_a_reply_that_is_there_is_not_asked_for_again(
    client: Client, onemin: Simulator
) -> None:
    assert asked(client)["aiRecord"]["status"] == "SUCCESS"
    assert not polls(onemin)


def test_a_call_that_was_put_off_is_asked_for_until_it_is_done(
    client: Client, onemin: Simulator
) -> None:
    record = asked(client, "processing")["aiRecord"]
    assert record["status"] == "SUCCESS"
    assert polls(onemin) == [f"/api/results/{record['uuid']}"] * 2
    assert {call.headers["api-key"] for call in onemin.calls} == {KEY}


def test_a_call_that_is_never_done_is_given_up(client: Client, onemin: Simulator) -> None:
    with pytest.raises(UpstreamTimeout, match=r"^1min\.ai did not finish within 0\.3 seconds$"):
        asked(client, "stuck", patience=0.3)
    assert 1 < len(polls(onemin)) <= 40
    assert len(onemin.features) == 1


def test_a_poll_that_fails_is_made_again(client: Client, onemin: Simulator) -> None:
    busy = refusal(429, "RATE_LIMITED", "Slow down.")
    onemin.script_results(html(522), busy, Reply(500), html(200), Reply(200, body=(b"[]",)))
    assert asked(client, "processing")["aiRecord"]["status"] == "SUCCESS"
    assert len(polls(onemin)) == 7


def test_but_not_for_ever(client: Client, onemin: Simulator) -> None:
    onemin.script_results(*[html(522)] * 100)
    with pytest.raises(UpstreamFailed):
        asked(client, "processing")
    assert len(polls(onemin)) == FORGIVEN + 1


def test_a_refusal_of_the_result_is_final(client: Client, onemin: Simulator) -> None:
    onemin.script_results(refusal(401, "UNAUTHORIZED", "No."))
    with pytest.raises(Unauthorized):
        asked(client, "processing")
    assert len(polls(onemin)) == 1


def test_a_result_that_nobody_knows_any_more_is_a_reply_without_a_record(
    client: Client, onemin: Simulator
) -> None:
    onemin.script_results(whole({"aiRecord": None}))
    assert asked(client, "processing") == {"aiRecord": None}


def test_an_id_cannot_lead_elsewhere(client: Client, onemin: Simulator) -> None:
    record = {"status": "PROCESSING", "uuid": "../a b?c=d\r\ne"}
    onemin.script_features(whole({"aiRecord": record}))
    onemin.script_results(whole({"aiRecord": {"status": "SUCCESS"}}))
    assert asked(client) == {"aiRecord": {"status": "SUCCESS"}}
    [call] = [call for call in onemin.calls if call.method == "GET"]
    assert (call.path, dict(call.query)) == ("/api/results/../a b?c=d\r\ne", {})


def test_a_call_that_is_refused_is_not_waited_for(client: Client, onemin: Simulator) -> None:
    onemin.script_features(refusal(400, "INVALID_REQUEST", "No."))
    with pytest.raises(InvalidRequest):
        asked(client)
    assert len(onemin.calls) == 1


def waiting(script: Callable[[Simulator], None], client: Client, onemin: Simulator) -> None:
    """Left at its third moment of silence."""
    script(onemin)
    deferred = Deferred(client, patience=60, pause=30)
    picture = Picture(prompt="a cat [[scenario=stuck]]", model="dall-e-3")
    wait = deferred.reply(images.build(picture), own(KEY))
    for _ in range(3):
        next(wait)
    start = time.monotonic()
    wait.close()
    assert time.monotonic() - start < 2


def test_whoever_waits_for_a_call_may_leave(client: Client, onemin: Simulator) -> None:
    waiting(lambda onemin: onemin.script_features(Reply(body=(Hang(),))), client, onemin)
    assert onemin.features[0].hung_up.wait(5)


def test_whoever_waits_between_two_polls_may_leave(client: Client, onemin: Simulator) -> None:
    waiting(lambda onemin: None, client, onemin)
    assert not polls(onemin)
