"""What a row says of calls that end otherwise than by an answer to their client."""

from __future__ import annotations

import pytest

from simulator.replies import Hang, Pause, html, says
from simulator.server import Simulator
from tests.ledger.relays import MODEL, ended, request, row, row_of, tokens, used
from tests.raw import connected, read_until
from tests.samples import wav
from tests.serving import ASKED, ThreadedRelay

MESSAGES = ASKED["messages"]


@pytest.mark.fault(37)
def test_a_client_that_leaves_before_the_first_word_may_still_cost_its_prompt(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says(Hang()))
    before = len(onemin.chats)
    with connected(relay.port) as client:
        client.sendall(request("left-early", **ASKED))
        onemin.wait_for_chats(before + 1)
    found = row(relay, "left-early")
    assert ended(found) == (499, "client_left", MODEL)
    assert used(found)[1:] == (0, "estimated")
    assert 1 <= found["input_tokens"] <= 20
    assert found["first_byte"] is None


@pytest.mark.fault(39)
@pytest.mark.parametrize("n", [1, 2])
def test_a_client_that_leaves_half_way_costs_what_was_said(
    relay: ThreadedRelay, onemin: Simulator, n: int
) -> None:
    words = [part for _ in range(400) for part in (" one", Pause(0.01))]
    onemin.script(*[says(*words)] * n)
    with connected(relay.port) as client:
        client.sendall(request(f"left-{n}", **ASKED, stream=True, n=n))
        read_until(client, b" one")
    found = row(relay, f"left-{n}")
    assert ended(found) == (499, "client_left", MODEL)
    assert found["source"] == "estimated"
    assert n <= found["output_tokens"] < 400 * n


def test_a_response_in_the_background_leaves_its_row_when_it_ends(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    begun = relay.post(
        "/v1/responses",
        {"model": MODEL, "input": "hi [[delay=300]]", "background": True},
    )
    assert begun.json()["status"] in ("queued", "in_progress")
    found = row_of(relay, begun)
    told = relay.get(f"/v1/responses/{begun.json()['id']}").json()
    assert told["status"] == "completed"
    assert used(found) == (*tokens(told["usage"]), "upstream")
    assert ended(found) == (200, "", MODEL)
    assert found["seconds"] > 0.3


def test_a_response_in_the_background_that_fails_says_so(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(html(502))
    begun = relay.post("/v1/responses", {"model": MODEL, "input": "hi", "background": True})
    assert begun.status_code == 200
    assert ended(row_of(relay, begun)) == (502, "upstream_error", MODEL)


def test_a_run_leaves_one_row(relay: ThreadedRelay) -> None:
    assistant = relay.post("/v1/assistants", {"model": MODEL}).json()["id"]
    body = {"assistant_id": assistant, "thread": {"messages": MESSAGES}}
    run = relay.post("/v1/threads/runs", body)
    found = row_of(relay, run)
    assert ended(found) == (200, "", MODEL)
    assert found["endpoint"] == "/v1/threads/runs"
    assert found["output_tokens"] > 0


IMAGE = {"prompt": "a cat", "model": "dall-e-3"}
SPEECH = {"model": "tts-1", "input": "Hi", "voice": "alloy"}


def test_pictures_are_booked_in_credits(relay: ThreadedRelay) -> None:
    reply = relay.post("/v1/images/generations", IMAGE | {"n": 2})
    found = row_of(relay, reply)
    assert ended(found) == (200, "", "dall-e-3")
    assert f"{found['credits']:.15g}" == reply.headers["x-credits-used"]


@pytest.mark.parametrize("stream", [False, True])
def test_pictures_that_are_kept_for_who_left_are_booked_when_they_are_there(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    before, id = len(onemin.features), f"left-picture-{stream}"
    with connected(relay.port) as client:
        body = IMAGE | {"prompt": "a cat [[delay=600]]", "stream": stream}
        client.sendall(request(id, "/v1/images/generations", **body))
        onemin.wait_for_features(before + 1)
        if stream:
            read_until(client, b"200 OK")
    found = row(relay, id)
    assert ended(found) == (499, "client_left", "dall-e-3")
    assert found["credits"] > 0


def test_speech_of_a_model_that_stands_in_is_a_success(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_features(html(502))
    reply = relay.post("/v1/audio/speech", SPEECH)
    assert reply.headers["x-relay-fallback"] == "tts-1-hd"
    found = row_of(relay, reply)
    assert ended(found) == (200, "", "tts-1-hd")
    assert found["credits"] > 0


@pytest.mark.parametrize("stream", ["false", "true"])
def test_a_transcript_is_a_row(relay: ThreadedRelay, stream: str) -> None:
    files = {"file": ("a.wav", wav(), "audio/wav")}
    form = {"model": "whisper-1", "stream": stream}
    reply = relay.post("/v1/audio/transcriptions", None, files=files, data=form)
    assert reply.status_code == 200, reply.text
    assert ended(row_of(relay, reply)) == (200, "", "whisper-1")
