"""Answers that are none: pages, half of an object, no object, an error; with HTTP 200."""

from __future__ import annotations

import pytest

from simulator.replies import Reply, html
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.faults.upstream.ways import (
    FLAT,
    NATIVE,
    PASSED,
    TRANSLATED,
    Way,
    answer,
    complaint,
    every_way,
    relay_file,
    stream,
    text,
    ways,
)
from tests.routes.heard import whole_and_streamed
from tests.serving import ThreadedRelay

PAGE = b"<!DOCTYPE html><html><h1>SECRET-DETAIL</h1></html>"


def fails(
    relay: ThreadedRelay, onemin: Simulator, way: Way, reply: Reply, *, streams: bool
) -> str:
    """What the client is told by 502, of a call that is made once; the next one works."""
    before = len(way.calls(onemin))
    way.script(onemin, reply)
    told = way.ask(relay, stream=streams)
    assert (told.status_code, complaint(told)["type"]) == (502, "api_error"), told.text
    assert len(way.calls(onemin)) == before + 1, "a paid call is never made twice"
    assert text(way.ask(relay, stream=streams))
    return told.text


@pytest.mark.fault(17)
@every_way
@whole_and_streamed
@pytest.mark.parametrize(
    "page",
    [
        html(502),
        Reply(200, {"Content-Type": "Text/HTML"}, (PAGE,)),
        Reply(502, {"Content-Type": "application/json"}, (PAGE,)),
        answer(PAGE),
        stream(PAGE),
        answer(PAGE, "text/plain"),
    ],
    ids=["502", "200", "as JSON", "200, as JSON", "as events", "as text"],
)  # fmt: skip
def test_a_page_in_place_of_an_answer_is_a_502_that_shows_none_of_it(
    relay: ThreadedRelay, onemin: Simulator, way: Way, page: Reply, *, stream: bool
) -> None:
    told = fails(relay, onemin, way, page, streams=stream)
    assert "<" not in told
    assert "SECRET-DETAIL" not in told


@pytest.mark.fault(18)
@every_way
@whole_and_streamed
@pytest.mark.parametrize("at", [12, -1])
def test_json_that_stops_half_way_is_a_502(
    relay: ThreadedRelay, onemin: Simulator, way: Way, at: int, *, stream: bool
) -> None:
    fails(relay, onemin, way, answer(way.whole("Hello")[:at]), streams=stream)


@pytest.mark.fault(19)
@every_way
@whole_and_streamed
@pytest.mark.parametrize("body", [b"null", b"[1, 2]", b"42", b'"Hello"', b"", b" \r\n"])
def test_json_that_is_no_object_is_a_502(
    relay: ThreadedRelay, onemin: Simulator, way: Way, body: bytes, *, stream: bool
) -> None:
    fails(relay, onemin, way, answer(body), streams=stream)


ERRORS = [
    b'{"error":{"message":"It fell over","type":"server_error","code":null}}',
    b'{"error":"It fell over"}',
    b'{"success":false,"error":{"message":"It fell over"}}',
]


@pytest.mark.fault(20)
@every_way
@whole_and_streamed
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_with_http_200_is_one(
    relay: ThreadedRelay, onemin: Simulator, way: Way, error: bytes, *, stream: bool
) -> None:
    assert "It fell over" in fails(relay, onemin, way, answer(error), streams=stream)


@pytest.mark.fault(20)
@every_way
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_before_the_first_word_of_a_stream_is_a_status(
    relay: ThreadedRelay, onemin: Simulator, way: Way, error: bytes
) -> None:
    told = stream(b": one moment\n\n", b"data: " + error + b"\n\n", b"data: [DONE]\n\n")
    first = stream(b": one moment\n\ndata: " + error + b"\n\n")
    assert "It fell over" in fails(relay, onemin, way, first, streams=True)
    if way is not PASSED:  # what may be an answer goes on as it comes
        assert "It fell over" in fails(relay, onemin, way, told, streams=True)


@pytest.mark.fault(20)
@ways(FLAT, NATIVE, TRANSLATED)
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_after_a_word_is_the_streams_last_event(
    relay: ThreadedRelay, onemin: Simulator, way: Way, error: bytes
) -> None:
    way.script(onemin, stream(way.word("Hel"), b"data: " + error + b"\n\n", way.end))
    reply = way.ask(relay, stream=True)
    assert "Hel" in reply.text
    assert complaint(reply)["message"] == "It fell over"


@pytest.mark.fault(20)
def test_an_error_in_a_stream_that_is_passed_on_is_the_servers_own(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    told = PASSED.word("Hel") + b"data: " + ERRORS[0] + b"\n\n"
    PASSED.script(onemin, stream(told))
    reply = PASSED.ask(relay, stream=True)
    assert reply.content == told
    assert complaint(reply)["message"] == "It fell over"


@pytest.mark.fault(20)
@whole_and_streamed
def test_an_error_with_http_200_lets_another_model_answer(
    relay_with: RelayFactory, onemin: Simulator, *, stream: bool
) -> None:
    file = relay_file(onemin.url + "/openai/v1")
    others = file.model_copy(update={"fallbacks": {"house-model": ["gpt-4o-mini"]}})
    relay = relay_with(file=others)
    assert relay.chat().status_code == 200
    PASSED.script(onemin, answer(ERRORS[0]))
    reply = PASSED.ask(relay, stream=stream)
    assert text(reply)
    assert reply.headers["x-relay-fallback"] == "gpt-4o-mini"


@pytest.mark.fault(32)
@every_way
@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "text/event-stream"],
)
def test_an_object_is_one_whatever_it_is_called(
    relay: ThreadedRelay, onemin: Simulator, way: Way, media_type: str
) -> None:
    way.script(onemin, answer(way.whole("Hello"), media_type))
    reply = way.ask(relay)
    assert text(reply) == "Hello"
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.fault(32)
@every_way
@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/json"],
)
def test_a_stream_is_one_whatever_it_is_called(
    relay: ThreadedRelay, onemin: Simulator, way: Way, media_type: str
) -> None:
    way.script(onemin, stream(way.word("Hel"), way.said("lo"), media_type=media_type))
    reply = way.ask(relay, stream=True)
    assert text(reply) == "Hello"
    assert reply.headers["Content-Type"].startswith("text/event-stream")
