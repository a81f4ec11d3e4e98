"""What was paid for is not paid for again, and whoever paid is told where it is."""

from __future__ import annotations

import pytest

from simulator.replies import Reply, html, refusal
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.painting import drawn, varied
from tests.serving import ThreadedRelay
from utils.relay_file import RelayFile

BUSY = refusal(429, "TOO_MANY_REQUESTS", "slow down")
NO_FILE = Reply(500, body=(b"<Error/>",))


def test_pictures_that_were_made_beside_a_failure_are_told(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_features(BUSY)
    reply = drawn(relay, model="dall-e-3", n=3)
    assert reply.status_code == 429
    made = len(onemin.features) - 1  # none, where the failure was quicker than the others
    assert reply.headers.get("x-should-retry") == ("false" if made else None)
    assert reply.json()["error"]["message"].count("/images/") == made


def test_a_failure_that_cost_nothing_may_be_tried_again(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_features(BUSY)
    reply = drawn(relay, model="dall-e-3")
    assert reply.status_code == 429
    assert "x-should-retry" not in reply.headers


def test_a_variation_that_cannot_be_fetched_is_not_made_by_another_model(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_downloads(*[NO_FILE] * 20)
    reply = varied(relay, response_format="b64_json")
    assert reply.status_code == 502
    assert reply.headers["x-should-retry"] == "false"
    assert "/images/" in reply.json()["error"]["message"]
    assert len(onemin.features) == 1


@pytest.mark.parametrize("n", [1, 2])
def test_speech_that_cannot_be_fetched_is_not_spoken_by_another_model(
    relay_with: RelayFactory, onemin: Simulator, n: int
) -> None:
    relay = relay_with(file=RelayFile(fallbacks={"tts-1": ["tts-1-hd"]}))
    onemin.script_downloads(*[NO_FILE] * 20)
    for _ in range(n):
        reply = relay.post(
            "/v1/audio/speech", {"model": "tts-1", "input": "Hi", "voice": "alloy"}
        )
        assert reply.headers["x-should-retry"] == "false"
    assert len(onemin.features) == n


@pytest.mark.long
def test_a_result_is_asked_for_again_when_1min_ai_talks_nonsense(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_results(html(200), Reply(200, body=(b"[]",)))
    assert drawn(relay, model="dall-e-3", prompt="a cat [[delay=300]]").status_code == 200


def test_an_odd_length_of_a_file_is_no_mistake_of_ours(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_downloads(Reply(200, {"Content-Length": "1, 1"}, (b"x",), framing="close"))
    reply = relay.post("/v1/audio/speech", {"model": "tts-1", "input": "Hi", "voice": "alloy"})
    assert reply.status_code == 502
