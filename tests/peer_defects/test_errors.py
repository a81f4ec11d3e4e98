"""Defects seen in other relays for 1min.ai: what is refused, and how."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import refusal
from simulator.server import Simulator
from tests.routes.heard import whole_and_streamed
from tests.serving import ASKED, ThreadedRelay


@whole_and_streamed
@pytest.mark.parametrize("status", [400, 408, 409, 429, 500, 502, 503, 504, 522])
def test_a_call_that_failed_is_not_made_again(
    relay: ThreadedRelay, onemin: Simulator, status: int, *, stream: bool
) -> None:
    onemin.script(refusal(status, "INTERNAL_SERVER_ERROR", "Try again"))
    assert relay.chat(stream=stream).status_code >= 400
    assert len(onemin.chats) == 1


@whole_and_streamed
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (400, (400, None)),
        (401, (401, "invalid_api_key")),
        (402, (429, "insufficient_quota")),
        (403, (403, "permission_denied")),
        (404, (502, "upstream_error")),
        (413, (400, None)),
        (422, (400, None)),
        (429, (429, "rate_limit_exceeded")),
        (500, (502, "upstream_error")),
        (503, (502, "upstream_error")),
        (504, (504, "upstream_timeout")),
        (522, (502, "upstream_error")),
    ],
)
def test_what_1min_ai_refuses_keeps_its_meaning(
    relay: ThreadedRelay,
    onemin: Simulator,
    theirs: int,
    ours: tuple[int, str | None],
    *,
    stream: bool,
) -> None:
    onemin.script(refusal(theirs, "X", "The size is odd", headers={"Retry-After": "7"}))
    reply = relay.chat(stream=stream)
    assert (reply.status_code, reply.json()["error"]["code"]) == ours
    assert ("size is odd" in reply.text) or theirs not in (400, 413, 422, 429)
    assert reply.status_code != 429 or reply.headers["Retry-After"] == "7"


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500])
def test_a_refused_request_holds_up_no_other(
    relay: ThreadedRelay, onemin: Simulator, status: int
) -> None:
    onemin.script(*[refusal(status, "X", "No")] * 8)
    assert not any(relay.chat().ok for _ in range(8))
    assert relay.chat().status_code == 200
    assert relay.post("/v1/chat/completions", ASKED, headers={"api-key": "b"}).ok


FUNCTION = {"name": "f", "parameters": {"type": "object"}}
TOOL = {"type": "function", "function": FUNCTION}
PART = {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"functions": [FUNCTION]}, "functions"),
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "tools[0].type"),
        ({"tools": [TOOL, {"type": "code_interpreter"}]}, "tools[1].type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"n": 9}, "n"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"reasoning_effort": "utmost"}, "reasoning_effort"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"messages": [{"role": "user", "content": [PART]}]}, "messages[0].content[0].type"),
    ],
)
def test_what_the_relay_cannot_do_is_refused_by_name(
    relay: ThreadedRelay, onemin: Simulator, fields: dict[str, Any], param: str
) -> None:
    reply = relay.chat(**fields)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert not onemin.chats
