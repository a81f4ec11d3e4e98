"""Servers that refuse, break off, hang or are away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests

from simulator.replies import Cut, Hang, Pause, Reply, html, raw
from simulator.server import Simulator
from tests.backends.server import (
    COMPLETION,
    KEY,
    ModelServer,
    answer,
    chunk,
    refusal,
    streaming,
)
from tests.conftest import RelayFactory
from tests.raw import chat_request, connected, read_until
from tests.routes.heard import chunks, heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.serving import ThreadedRelay, config_for
from utils.domain.breaker import FAILURES
from utils.relay_file import RelayFile

HALF = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"'


def asked(relay: ThreadedRelay, *, stream: bool = False, **fields: Any) -> requests.Response:
    return relay.chat(**{"model": "plain", "stream": stream, **fields})


# Refusals in OpenAI's form are the client's to read; the others are told in it.


@whole_and_streamed
@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_a_refusal_goes_on_as_it_is(
    relay: ThreadedRelay, server: ModelServer, status: int, *, stream: bool
) -> None:
    told = b'{"error": {"message":"No, \\ud83d.","type":"odd","extra":[1.0]} }\n'
    server.script(answer(told, status, {"Retry-After": "9"}))
    reply = asked(relay, stream=stream)
    assert (reply.status_code, reply.content) == (status, told)
    assert reply.headers["Retry-After"] == "9"
    assert len(server.calls) == 1


@pytest.mark.fault(81)
@whole_and_streamed
@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "invalid_api_key"), (403, None), (429, "insufficient_quota"), (402, None)],
)
def test_the_operators_account_is_no_fault_of_the_caller(
    relay: ThreadedRelay, server: ModelServer, status: int, code: str | None, *, stream: bool
) -> None:
    for path, fields in (("chat/completions", {}), ("messages", {"max_tokens": 5})):
        server.script(refusal(status, f"Incorrect API key: {KEY}", code))
        body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}], **fields}
        reply = relay.post(f"/v1/{path}", body | {"stream": stream})
        assert reply.status_code == 503
        assert "refused this relay" in reply.text
        assert KEY not in reply.text


@pytest.mark.fault(81)
def test_no_refusal_tells_the_key(relay: ThreadedRelay, server: ModelServer) -> None:
    server.script(refusal(400, f"Odd header: Bearer {KEY}"))
    assert refused(asked(relay))[0] == 400
    server.script(refusal(400, f"Odd header: Bearer {KEY}"))
    body = {"model": "plain", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    replies = [asked(relay), relay.post("/v1/messages", body)]
    assert KEY not in "".join(reply.text for reply in replies)


@pytest.mark.fault(17, 21, 23, 33)
@whole_and_streamed
@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (html(502), (502, "upstream_error")),
        (html(200), (502, "upstream_error")),
        (html(429), (429, "rate_limit_exceeded")),
        (answer(b'{"detail": "Not Found"}', 404), (404, "not_found")),
        (answer(b'{"detail": "Slow down"}', 429), (429, "rate_limit_exceeded")),
        (Reply(302, {"Location": "http://elsewhere/"}), (502, "upstream_error")),
        (Reply(200, {"Content-Encoding": "gzip"}, (b"x",)), (502, "upstream_error")),
        (raw(b"nonsense\r\n\r\n"), (502, "upstream_error")),
        (raw(HALF), (502, "upstream_error")),
        (raw(Cut()), (502, "upstream_error")),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_in_openais_form(
    relay: ThreadedRelay, server: ModelServer, reply: Reply, told: object, *, stream: bool
) -> None:
    server.script(reply)
    assert refused(asked(relay, stream=stream, model="renamed"))[:2] == told
    server.script(answer(orjson.dumps(COMPLETION)))
    assert asked(relay, model="renamed").status_code == 200


@pytest.mark.parametrize("piece", [chunk("Hel"), chunk("Hel")[:-9]], ids=["event", "half"])
def test_a_stream_that_breaks_off_says_so(
    relay: ThreadedRelay, server: ModelServer, piece: bytes
) -> None:
    server.script(streaming(chunk("Oh"), piece, Pause(0.1), Cut()))
    reply = asked(relay, stream=True)
    assert "[DONE]" not in reply.text
    assert reply.content.startswith(chunk("Oh") + piece)
    last = reply.text.removesuffix("\n\n").rpartition("\n\n")[2]
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "upstream_error"


def test_a_stream_that_falls_silent_ends_in_an_error(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(streaming(chunk("Oh"), Hang()))
    reply = asked(relay, stream=True)
    assert ": still working" in reply.text
    assert chunks(reply)[-1]["error"]["code"] == "upstream_timeout"


def test_silence_in_the_midst_of_an_event_is_left_alone(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    half = len(whole := chunk("Hello")) // 2
    server.script(streaming(whole[:half], Pause(0.8), whole[half:], b"data: [DONE]\n\n"))
    assert asked(relay, stream=True).content == whole + b"data: [DONE]\n\n"


def test_a_server_that_says_nothing_is_given_up(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(raw(Hang()))
    assert refused(asked(relay))[:2] == (504, "upstream_timeout")


def test_the_status_of_a_stream_does_not_wait_for_ever(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    server.script(streaming(chunk("Hello"), b"data: [DONE]\n\n").after(Pause(0.7)))
    reply = asked(relay, stream=True)
    assert reply.text.startswith(": still working")
    assert heard(reply).text == "Hello"
    server.script(refusal(400, "No.").after(Pause(0.7)))
    reply = asked(relay, stream=True)
    assert reply.status_code == 200
    assert chunks(reply)[-1]["error"]["message"] == "No."


# Whoever leaves


@whole_and_streamed
@pytest.mark.parametrize("begun", [False, True])
def test_leaving_hangs_up_on_the_server(
    relay: ThreadedRelay, server: ModelServer, *, begun: bool, stream: bool
) -> None:
    whole = raw(HALF, Hang()) if begun else raw(Hang())
    server.script(streaming(chunk("Hel"), Hang()) if begun and stream else whole)
    with connected(relay.port) as client:
        client.sendall(chat_request(model="plain", stream=stream))
        call = server.wait_for(1)
        if stream and begun:
            read_until(client, b"Hel")
    assert call.hung_up.wait(0.9), "before any timer ends it"


def test_an_answer_has_a_seat_for_as_long_as_it_lasts(
    relay_with: RelayFactory, server: ModelServer
) -> None:
    house = {"base_url": server.url, "models": {"plain": {}}}
    file = RelayFile.model_validate({"backends": {"house": house}})
    relay = relay_with(file=file, threads=1)
    assert asked(relay).status_code == 200
    server.script(streaming(chunk("Hel"), Hang()))
    with connected(relay.port) as client:
        client.sendall(chat_request(model="plain", stream=True))
        read_until(client, b"Hel")
        assert refused(asked(relay))[:2] == (503, "overloaded")
    assert server.last.hung_up.wait(5)
    deadline = time.monotonic() + 5
    while asked(relay).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.01)  # until the seat is given back
    assert asked(relay).status_code == 200


# Servers that fail again and again


TROUBLES = [refusal(503), html(502), refusal(429), raw(Cut()), refusal(401)]


@pytest.fixture(scope="module")
def failing(
    onemin: Simulator, server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    """What failed is remembered, so each test has models of its own."""
    helped = [f"helped{place}" for place in range(len(TROUBLES))]
    models: dict[str, Any] = {name: {} for name in ("bad", "odd", "good", *helped)}
    file = {
        "fallbacks": {name: ["gpt-4o-mini"] for name in helped},
        "backends": {
            "house": {"base_url": server.url, "models": models},
            "gone": {"base_url": "http://127.0.0.1:9/v1", "models": {"away": {}}},
        },
    }
    folder = tmp_path_factory.mktemp("failing")
    relay = ThreadedRelay(config_for(onemin.url, folder), RelayFile.model_validate(file))
    relay.chat()
    yield relay
    relay.stop()


def test_a_model_that_keeps_failing_is_left_alone_and_no_other(
    failing: ThreadedRelay, server: ModelServer
) -> None:
    server.script(*[refusal(500)] * FAILURES)
    for _ in range(FAILURES):
        assert asked(failing, model="bad").status_code == 500
    for path, fields in (("chat/completions", {}), ("messages", {"max_tokens": 5})):
        body = {"model": "bad", "messages": [{"role": "user", "content": "hi"}], **fields}
        reply = failing.post(f"/v1/{path}", body)
        assert reply.status_code == 503
        assert 1 <= int(reply.headers["Retry-After"]) <= 10
    assert len(server.calls) == FAILURES
    assert asked(failing, model="good").status_code == 200
    states = failing.services.upstream.state()["house"]
    assert (states["bad"], states["good"]) == ("open", "closed")


@whole_and_streamed
def test_refusals_never_make_it_be_left_alone(
    failing: ThreadedRelay, server: ModelServer, *, stream: bool
) -> None:
    server.script(*[refusal(status) for status in (400, 404, 422, 429) for _ in range(3)])
    for _ in range(12):
        assert asked(failing, model="odd", stream=stream).status_code < 500
    assert asked(failing, model="odd").status_code == 200


def test_a_server_that_is_away_is_away_for_its_models_only(failing: ThreadedRelay) -> None:
    for _ in range(FAILURES + 1):
        reply = asked(failing, model="away")
        assert reply.status_code == 503
        assert int(reply.headers["Retry-After"]) > 0
    assert reply.json()["error"]["code"] == "backend_unavailable"
    assert asked(failing, model="gpt-4o-mini").status_code == 200
    assert asked(failing, model="good").status_code == 200


# Others in their place


@whole_and_streamed
@pytest.mark.parametrize("place", range(len(TROUBLES)))
def test_1min_ai_answers_for_a_server_that_cannot(
    failing: ThreadedRelay, server: ModelServer, place: int, *, stream: bool
) -> None:
    server.script(TROUBLES[place])
    reply = asked(failing, model=f"helped{place}", stream=stream)
    assert heard(reply).text
    assert reply.headers["x-relay-fallback"] == "gpt-4o-mini"
    assert len(server.calls) == 1, "it is asked once"


def test_what_nobody_can_mend_is_told_at_once(
    failing: ThreadedRelay, server: ModelServer
) -> None:
    server.script(refusal(400, "Odd."))
    reply = asked(failing, model="helped0")
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "Odd.")


@whole_and_streamed
def test_a_server_answers_for_1min_ai(
    relay: ThreadedRelay, server: ModelServer, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(html(522))
    reply = asked(relay, model="gpt-5", stream=stream)
    assert heard(reply).text == "Hello"
    assert reply.headers["x-relay-fallback"] == "plain"
    assert json.loads(server.last.body)["model"] == "plain"
