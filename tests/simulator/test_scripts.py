"""What a test can have the simulator answer, to the byte."""

from __future__ import annotations

import json
import time
from contextlib import closing
from http.client import IncompleteRead

import pytest

from simulator.replies import (
    Cut,
    Pause,
    Reply,
    Reset,
    event,
    events,
    failure,
    html,
    raw,
    record,
    refusal,
    says,
)
from simulator.server import Simulator
from tests.simulator.peer import (
    PATH,
    asked,
    chat,
    connected,
    dialled,
    exchange,
    read_to_end,
    read_until,
    request,
    streamed,
    written,
)

HELLO = asked("Hi")


def test_scripts_are_used_in_turn_and_then_no_more(sim: Simulator) -> None:
    sim.script(says("One."), refusal(500, "X", "y"))
    assert chat(sim, "Hi").text == "One."
    assert chat(sim, "Hi").status == 500
    assert chat(sim, "say exactly: Three.").text == "Three."


def test_a_script_skips_the_checks(sim: Simulator) -> None:
    sim.script(says("One."))
    assert b"One." in request(sim, "POST", PATH, b"{").body


def test_one_script_answers_whole_or_streamed(sim: Simulator) -> None:
    sim.script(says("Hel", "lo."), says("Hel", "lo."))
    assert chat(sim, "Hi").text == "Hello."
    contents = [data for name, data in streamed(sim, "Hi").events if name == "content"]
    assert contents == [{"content": "Hel"}, {"content": "lo."}]


def test_the_last_piece_can_repeat_all(sim: Simulator) -> None:
    sim.script(says("Hel", "lo.", repeat_last=True))
    assert streamed(sim, "Hi").text == "Hello.Hello."


def test_result_and_done_can_be_missing(sim: Simulator) -> None:
    sim.script(says("A", result=False), says("A", done=False))
    assert streamed(sim, "Hi").names == ["content", "done"]
    assert streamed(sim, "Hi").names == ["content", "result"]


def test_the_usage_can_be_any(sim: Simulator) -> None:
    sim.script(says("A", usage=None), says("A", usage={"credit": 1}))
    assert chat(sim, "Hi").record["metadata"] is None
    assert streamed(sim, "Hi").last("result")["aiRecord"]["metadata"] == {"credit": 1}


def test_line_ends_can_be_others(sim: Simulator) -> None:
    sim.script(says("A", line_end="\r\n"))
    body = streamed(sim, "Hi").body
    assert body.startswith(b'event: content\r\ndata: {"content":"A"}\r\n\r\n')


def test_a_failure_is_a_record_or_a_result(sim: Simulator) -> None:
    sim.script(failure("X", "no credit", "why"), failure("X", "no credit"))
    detail = chat(sim, "Hi").record["aiRecordDetail"]["resultObject"]
    assert (detail["code"], detail["message"], detail["details"]) == ("X", "no credit", "why")
    answer = streamed(sim, "Hi")
    assert answer.names == ["result", "done"]
    assert answer.last("result")["aiRecord"]["status"] == "FAILURE"


def test_a_record_can_say_anything(sim: Simulator) -> None:
    sim.script(record("A", status="PROCESSING", temporaryUrl="https://example.com"))
    answer = chat(sim, "Hi").record
    assert answer["status"] == "PROCESSING"
    assert answer["temporaryUrl"] == "https://example.com"


def test_a_refusal_has_two_forms(sim: Simulator) -> None:
    details = [{"field": "prompt", "message": "bad"}]
    sim.script(*(refusal(422, "X", "y", details, form=form) for form in ("A", "B")))
    documented, observed = chat(sim, "Hi").json, chat(sim, "Hi").json
    assert documented == {
        "success": False,
        "error": {"code": "X", "message": "y", "details": details},
    }
    assert observed == {"errorCode": "X", "message": "y", "details": json.dumps(details)}


def test_events_are_sent_as_they_are(sim: Simulator) -> None:
    sim.script(events(": hi\n\n", b"event: con", "tent\ndata: x\n\n", event("done")))
    body = streamed(sim, "Hi").body
    assert body == b": hi\n\nevent: content\ndata: x\n\nevent: done\ndata: {}\n\n"


def test_a_page_speaks_for_cloudflare(sim: Simulator) -> None:
    sim.script(html(522))
    answer = chat(sim, "Hi")
    assert answer.status == 522
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_raw_bytes_take_the_place_of_http(sim: Simulator) -> None:
    sim.script(raw(b"HTTP/1.1 200 OK\r\nContent-", b"Length: 99\r\n\r\n{"))
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        assert read_to_end(sock) == b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"


def test_a_cut_leaves_the_last_chunk_out(sim: Simulator) -> None:
    sim.script(says("Hel", Cut(), "lo."))
    with pytest.raises(IncompleteRead):
        streamed(sim, "Hi")


def test_a_cut_leaves_json_unfinished(sim: Simulator) -> None:
    sim.script(says("Hello.", Cut()))
    with pytest.raises(IncompleteRead):
        chat(sim, "Hi")


def test_a_reset_is_one(sim: Simulator) -> None:
    sim.script(says(Reset()))
    with pytest.raises(ConnectionResetError):
        chat(sim, "Hi")


def test_a_body_can_end_with_the_connection(sim: Simulator) -> None:
    sim.script(Reply(headers={"X-Odd": "1"}, body=(b"a", b"b"), framing="close"))
    with closing(connected(sim)) as connection:
        answer = exchange(connection, "POST", PATH, HELLO)
    assert answer.body == b"ab"
    assert "content-length" not in answer.headers
    assert answer.headers["x-odd"] == "1"


def test_an_empty_piece_sends_the_head_alone(sim: Simulator) -> None:
    sim.script(events("", Pause(0.1), event("done")))
    with dialled(sim) as sock:
        sock.sendall(written(HELLO))
        assert sock.recv(65536).endswith(b"\r\n\r\n")
        started = time.monotonic()
        assert b"done" in read_until(sock, b"0\r\n\r\n")
        assert time.monotonic() - started > 0.05


def test_a_pause_before_the_first_piece_holds_the_head_back(sim: Simulator) -> None:
    sim.script(says(Pause(0.1), "A"))
    started = time.monotonic()
    assert chat(sim, "Hi").text == "A"
    assert time.monotonic() - started >= 0.1


def test_the_models_have_scripts_of_their_own(sim: Simulator) -> None:
    sim.script_models(html(522))
    assert chat(sim, "Hi").status == 200
    assert request(sim, "GET", "/models").status == 522
    assert request(sim, "GET", "/models").status == 200


def test_calls_are_remembered(sim: Simulator) -> None:
    request(sim, "GET", "/models?feature=X")
    streamed(sim, "Hi", key="secret")
    assert [call.path for call in sim.calls] == ["/models", PATH]
    call = sim.chats[0]
    assert call.method == "POST"
    assert call.query == {"isStreaming": "true"}
    assert call.headers["api-key"] == "secret"
    assert call.json["promptObject"] == {"prompt": "Hi"}


def test_waiting_for_a_call_that_does_not_come_ends(sim: Simulator) -> None:
    with pytest.raises(TimeoutError):
        sim.wait_for_calls(1, timeout=0.05)


def test_calls_can_be_forgotten() -> None:
    with Simulator(remember_calls=0) as sim:
        assert chat(sim, "Hi").status == 200
        assert sim.calls == []
    with Simulator(remember_calls=2) as sim:
        for number in range(3):
            chat(sim, str(number))
        assert [call.json["promptObject"]["prompt"] for call in sim.calls] == ["1", "2"]
