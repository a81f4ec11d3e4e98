from __future__ import annotations

import json

import pytest

from simulator.replies import Hang, Pause, Reply, events, says
from simulator.replies import event as upstream_event
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until

SILENT = {"stream_commit_seconds": 0.3, "stream_heartbeat_seconds": 0.3}


def test_a_stream_commits_and_shows_it_lives_while_1min_ai_is_silent(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(**SILENT)
    onemin.script(says(Pause(1.8), "Hello"))
    reply = relay.chat(stream=True)
    before, _, after = reply.text.partition("Hello")
    assert before.count(": still working\n\n") >= 2
    assert '"role":"assistant"' in before
    assert ": still working" not in after
    assert after.endswith("data: [DONE]\n\n")


def test_a_failure_after_the_commit_is_an_event_and_no_end(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(**SILENT)
    onemin.script(says(Pause(1), ""))
    reply = relay.chat(stream=True)
    assert reply.status_code == 200
    assert '"code":"upstream_error"' in reply.text
    assert "[DONE]" not in reply.text


def test_a_failure_before_the_commit_is_a_status(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    onemin.script(says(Pause(0.5), ""))
    assert relay_with(stream_commit_seconds=5).chat(stream=True).status_code == 502


def test_silence_in_the_middle_is_bridged_by_comments(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Pause(1.2), "lo"))
    text = relay_with(**SILENT).chat(stream=True).text
    middle = text.split('"Hel"')[1].split('"lo"')[0]
    assert middle.count(": still working\n\n") >= 2


def test_a_record_without_done_ends_the_stream_at_once(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    record = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["Hello"]}}
    onemin.script(
        events(
            upstream_event("content", content="Hello"),
            upstream_event("result", aiRecord=record),
            Hang(),
        )
    )
    with connected(relay_with().port) as client:
        client.sendall(chat_request(stream=True))
        assert b"data: [DONE]\n\n" in read_until(client, b"[DONE]\n\n")
    assert onemin.chats[0].hung_up.wait(2)


@pytest.mark.fault(25)
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.long), 3, 64])
def test_ten_thousand_multibyte_events_arrive_as_they_were_sent(
    relay_with: RelayFactory, onemin: Simulator, size: int
) -> None:
    count = 10_000
    words = [f" ж{n}—🌍\n" if n % 3 else "\t語 " for n in range(count)]
    wire = "".join(upstream_event("content", content=word) for word in words).encode()
    wire += upstream_event("done", message="Stream completed").encode()
    pieces = tuple(wire[at : at + size] for at in range(0, len(wire), size))
    onemin.script(
        Reply(headers={"Content-Type": "text/event-stream"}, body=pieces, framing="chunked")
    )
    reply = relay_with().chat(stream=True)
    frames = [json.loads(line[6:]) for line in reply.text.split("\n\n") if "data: {" in line]
    deltas = [frame["choices"][0]["delta"] for frame in frames]
    assert [delta["content"] for delta in deltas[1:-1]] == words
    assert reply.text.endswith("[DONE]\n\n")


@pytest.mark.fault(25)
def test_a_stream_may_be_cut_at_any_byte(relay_with: RelayFactory, onemin: Simulator) -> None:
    relay = relay_with()
    wire = (
        upstream_event("content", content=" é") + upstream_event("content", content="🌍\r\n")
    ).encode()
    wire += upstream_event("done").replace("\n", "\r\n").encode()
    for at in range(1, len(wire)):
        onemin.script(events(wire[:at], wire[at:]))
        text = relay.chat(stream=True).text
        assert '" é"' in text
        assert '"🌍\\r\\n"' in text
        assert text.endswith("data: [DONE]\n\n")
