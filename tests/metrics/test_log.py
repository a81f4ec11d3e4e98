"""What an operator reads: a relay as a process of its own, which logs JSON and content."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.replies import Cut, says
from simulator.server import Simulator
from tests.serving import ASKED, HEADERS, KEY, ProcessRelay, process
from utils.domain.owner import owner

CHATS = "/v1/chat/completions"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def served(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessRelay]:
    folder = tmp_path_factory.mktemp("relay")
    settings = {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "LOG_CONTENT": "true"}
    with process(sim.url, folder, **settings) as relay:
        yield relay


def lines(relay: ProcessRelay, id: str, count: int) -> list[dict[str, Any]]:
    """Those about one request."""
    until = time.monotonic() + 10
    while True:
        whole = relay.log.read_text().rpartition("\n")[0]  # the last line may be half written
        logged = [line for line in whole.splitlines() if line.startswith("{")]
        found = [line for line in map(json.loads, logged) if line["request_id"] == id]
        if len(found) >= count or time.monotonic() > until:
            return found
        time.sleep(0.02)


def call_of(relay: ProcessRelay, id: str, count: int = 1) -> dict[str, Any]:
    until = time.monotonic() + 10
    while True:
        found = [line for line in lines(relay, id, count) if line["logger"] == "relay.calls"]
        if len(found) >= count or time.monotonic() > until:
            return found[-1]


def as_(id: str) -> dict[str, str]:
    return {**HEADERS, "x-request-id": id}


def test_a_call_is_a_line_of_fields(served: ProcessRelay) -> None:
    usage = served.chat().json()["usage"]
    served.post(CHATS, ASKED, headers=as_("whole"))
    line = call_of(served, "whole")
    assert abs(datetime.fromisoformat(line["time"]) - datetime.now(UTC)).total_seconds() < 60
    expected = {
        "level": "INFO", "method": "POST", "route": CHATS, "status": 200, "error": "",
        "model": "gpt-4o-mini", "backend": "1min.ai", "source": "upstream", "credits": 51,
        "input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"],
        "caller": owner(KEY)[:8],
    }  # fmt: skip
    assert {name: line[name] for name in expected} == expected
    assert 0 < line["first_byte"] <= line["seconds"] < 10


def test_a_request_that_asks_no_model_has_no_such_fields(served: ProcessRelay) -> None:
    served.get("/v1/models?a=secret", headers=as_("list"))
    line = call_of(served, "list")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/models", 200)
    assert not {"model", "caller", "credits"} & set(line)


def test_what_a_stream_came_to_is_told_whatever_its_status_was(
    served: ProcessRelay, sim: Simulator
) -> None:
    sim.script(says("Hel", Cut(), "lo"))
    served.post(CHATS, ASKED | {"stream": True}, headers=as_("broken"))
    line = call_of(served, "broken")
    assert (line["status"], line["error"]) == (502, "upstream_error")


def test_a_call_in_the_background_has_a_line_for_its_end(served: ProcessRelay) -> None:
    body = {"model": "gpt-4o-mini", "input": "hi", "background": True}
    served.post("/v1/responses", body, headers=as_("later"))
    line = call_of(served, "later", count=2)
    assert (line["route"], line["model"], line["status"]) == (
        "/v1/responses",
        "gpt-4o-mini",
        200,
    )


def test_a_name_that_nobody_lists_is_not_logged(served: ProcessRelay) -> None:
    served.post(CHATS, ASKED | {"model": "a-secret"}, headers=as_("unknown"))
    line = call_of(served, "unknown")
    assert (line["error"], line["model"]) == ("model_not_found", "")
    assert "a-secret" not in served.log.read_text()


@pytest.mark.fault(80)
def test_content_is_logged_on_request_in_bounds_and_without_the_key(
    served: ProcessRelay, sim: Simulator
) -> None:
    asked = f"line one\nmy key is {KEY} " + "x" * 5000
    sim.script(says("An answer", f" with {KEY}"))
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": asked}]}
    served.post(CHATS, body, headers=as_("content"))
    [question, answer] = [
        line["message"]
        for line in lines(served, "content", 3)
        if line["logger"] == "relay.contents"
    ]
    assert question.startswith("question: 'line one\\nmy key is *** xxx")
    assert len(question) < 2100
    assert answer == "answer: 'An answer with ***'"


@pytest.mark.parametrize(
    ("given", "passed"), [(TRACE, TRACE), ("00-secret", None), (TRACE + "-more", None)]
)
def test_a_trace_goes_on_to_1min_ai(
    served: ProcessRelay, sim: Simulator, given: str, passed: str | None
) -> None:
    served.post(CHATS, ASKED, headers={**HEADERS, "traceparent": given})
    assert sim.chats[-1].headers.get("traceparent") == passed
