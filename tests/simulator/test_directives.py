"""What a prompt can ask of the simulator, for use from outside the process."""

from __future__ import annotations

import time
from http.client import IncompleteRead
from itertools import pairwise
from typing import Any

import pytest

from simulator.scenarios import SCENARIOS
from simulator.server import Simulator
from tests.simulator.peer import asked, chat, dialled, read_until, streamed, written


def test_a_burst_has_the_events_asked_for(sim: Simulator) -> None:
    answer = streamed(sim, "[[events=200 size=12]]")
    contents = [data["content"] for name, data in answer.events if name == "content"]
    assert [len(piece) for piece in contents] == [12] * 200
    assert answer.last("result")["aiRecord"]["aiRecordDetail"]["resultObject"] == [answer.text]


def test_without_a_stream_the_same_text_comes_at_once(sim: Simulator) -> None:
    prompt = "[[events=50 pace=20 size=7]]"
    started = time.monotonic()
    assert len(chat(sim, prompt).text) == 350
    assert time.monotonic() - started < 0.5


def test_paced_events_keep_their_time(sim: Simulator) -> None:
    with dialled(sim) as sock:
        sock.sendall(written(asked("[[events=21 pace=20]]")))
        arrivals = [time.monotonic() for _ in iter(lambda: _event(sock), False)]
    assert 0.35 < arrivals[-1] - arrivals[0] < 0.6
    assert min(later - earlier for earlier, later in pairwise(arrivals)) < 0.03


def _event(sock: Any) -> bool:
    return b"event: result" not in sock.recv(4096)


def test_the_simulators_pace_holds_for_ordinary_answers() -> None:
    with Simulator(pace=10) as sim:
        started = time.monotonic()
        streamed(sim, "say exactly: 0123456789012345678901234567890123456789")
        assert time.monotonic() - started > 0.09


def test_an_answer_can_be_delayed(sim: Simulator) -> None:
    started = time.monotonic()
    chat(sim, "[[delay=150]]")
    assert time.monotonic() - started > 0.15


def test_usage_can_be_left_out(sim: Simulator) -> None:
    assert chat(sim, "[[usage=none]]").record["metadata"] is None


def test_an_unknown_scenario_names_the_known(sim: Simulator) -> None:
    answer = chat(sim, "[[scenario=nothing]]")
    assert answer.status == 400
    assert all(name in answer.json["message"] for name in SCENARIOS)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status-500", 500),
        ("html-522", 522),
        ("html-200", 200),
        ("empty-body", 200),
        ("error-code-200", 200),
        ("rate-limited", 429),
        ("busy", 400),
        ("form-a", 400),
        ("redirect", 302),
    ],
)
def test_a_status_is_the_same_with_and_without_a_stream(
    sim: Simulator, name: str, status: int
) -> None:
    prompt = f"[[scenario={name}]]"
    assert chat(sim, prompt).status == status
    assert streamed(sim, prompt).status == status


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("error-event", ["content", "error"]),
        ("error-event-message", ["content", "error"]),
        ("error-event-first", ["error"]),
        ("empty-text", ["result", "done"]),
        ("failure-200", ["result", "done"]),
        ("failed-200", ["result", "done"]),
        ("processing", ["result", "done"]),
        ("no-result", ["content", "done"]),
        ("no-done", ["content", "result"]),
        ("repeat", ["content", "result", "done"]),
        ("missing-metadata", ["content", "result", "done"]),
        ("string-result", ["content", "result", "done"]),
        ("search-result", ["content", "result", "done"]),
        ("old-shape", ["content", "result", "done"]),
        ("mojibake", ["content", "result", "done"]),
    ],
)
def test_a_stream_ends_as_its_scenario_says(sim: Simulator, name: str, last: list[str]) -> None:
    assert streamed(sim, f"[[scenario={name}]]").names[-len(last) :] == last


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("raw-text", b"text/plain"),
        ("crlf", b"event: done\r\ndata:"),
        ("cr", b"event: done\rdata:"),
        ("nameless", b"data: [DONE]"),
        ("malformed", b'"content":"\xff'),
    ],
)
def test_a_stream_can_be_odd_to_the_byte(sim: Simulator, name: str, mark: bytes) -> None:
    with dialled(sim) as sock:
        sock.sendall(written(asked(f"[[scenario={name}]]")))
        assert mark in read_until(sock, b"0\r\n\r\n")


@pytest.mark.parametrize(("name", "fault"), [("cut", IncompleteRead), ("reset", OSError)])
def test_a_stream_can_break_off(sim: Simulator, name: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        streamed(sim, f"[[scenario={name}]]")
    with pytest.raises(fault):
        chat(sim, f"[[scenario={name}]]")


@pytest.mark.parametrize(("name", "arrives"), [("silent", b""), ("stall", b" the begin")])
def test_an_answer_can_fall_silent(sim: Simulator, name: str, arrives: bytes) -> None:
    with dialled(sim) as sock:
        sock.settimeout(0.2)
        sock.sendall(written(asked(f"[[scenario={name}]]")))
        assert not arrives or arrives in read_until(sock, b"ning of")
        with pytest.raises(TimeoutError):
            read_until(sock, b"never")
    assert sim.calls[0].hung_up.wait(0.5)


def test_the_head_comes_long_before_a_slow_first_event(sim: Simulator) -> None:
    with dialled(sim) as sock:
        sock.sendall(written(asked("[[scenario=slow-first delay=200]]")))
        assert sock.recv(65536).endswith(b"\r\n\r\n")
        started = time.monotonic()
        assert sock.recv(65536)
        assert time.monotonic() - started > 0.15


def test_a_500_can_pass(sim: Simulator) -> None:
    prompt = "[[scenario=status-500-once]]"
    assert [chat(sim, prompt).status for _ in range(3)] == [500, 200, 500]


def test_network_chunks_split_events_and_letters(sim: Simulator) -> None:
    with dialled(sim) as sock:
        sock.sendall(written(asked("say exactly: naïve")))
        data = read_until(sock, b"0\r\n\r\n")
    assert "ï".encode() not in data.partition(b"event: result")[0]
    assert b"\xc3\r\n" in data
