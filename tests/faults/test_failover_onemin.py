"""The same of 1min.ai: what it may have billed is never sent to it again."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import Hang, Reset, event, events, html, raw, refusal, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import chunks, heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.serving import ThreadedRelay

SLOW_DOWN = refusal(429, "RATE_LIMITED", "Slow down", headers={"Retry-After": "0"})


@pytest.mark.fault(1)
@whole_and_streamed
def test_a_429_that_names_a_short_wait_is_asked_again(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    onemin.script(SLOW_DOWN, says("Hello"))
    assert heard(relay.chat(stream=stream)).text == "Hello"
    assert len(onemin.chats) == 2


@pytest.mark.fault(1)
def test_what_came_with_files_is_not_asked_again(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    """A recording may have been written down for it, and billed."""
    url = "data:text/plain;base64,SGk="
    part = {"type": "file", "file": {"file_data": url, "filename": "a.txt"}}
    onemin.script(SLOW_DOWN)
    reply = relay.chat(messages=[{"role": "user", "content": [part]}])
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")
    assert len(onemin.chats) == 1


@pytest.mark.fault(2)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "9"}])
def test_a_429_that_names_none_or_a_long_one_is_the_clients(
    relay: ThreadedRelay, onemin: Simulator, headers: dict[str, str]
) -> None:
    onemin.script(refusal(429, "RATE_LIMITED", "Slow down", headers=headers))
    reply = relay.chat(stream=True)
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")
    assert reply.headers["Retry-After"] == headers.get("Retry-After", "10")
    assert len(onemin.chats) == 1


@pytest.mark.fault(3, 4, 5, 6, 17)
@whole_and_streamed
@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (refusal(500, "INTERNAL_SERVER_ERROR", "Oh"), 502),
        (refusal(503, "UNAVAILABLE", "Oh"), 502),
        (html(502), 502),
        (raw(Reset()), 502),
        (raw(Hang()), 504),
    ],
    ids=["500", "503", "page", "reset", "silence"],
)
def test_what_1min_ai_may_have_billed_is_sent_once(
    relay_with: RelayFactory, onemin: Simulator, trouble: Any, status: int, *, stream: bool
) -> None:
    """It may have done the work before it failed, so only another model may be asked."""
    onemin.script(trouble)
    reply = relay_with(first_byte_timeout=0.3).chat(stream=stream)
    assert reply.status_code == status
    assert len(onemin.chats) == 1


@pytest.mark.fault(7)
def test_a_head_without_a_word_is_given_up(relay_with: RelayFactory, onemin: Simulator) -> None:
    onemin.script(events(b"", Hang()))
    reply = relay_with(first_byte_timeout=0.3).chat(stream=True)
    assert refused(reply)[:2] == (504, "upstream_timeout")


@pytest.mark.fault(10)
def test_an_event_that_cannot_be_read_is_a_clean_error(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    word = event("content", content="Hel")
    onemin.script(events(word, 'event: content\ndata: {"content": \n\n', word))
    reply = relay.chat(stream=True)
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert "[DONE]" not in reply.text
    assert relay.chat().status_code == 200


@pytest.mark.fault(11)
def test_what_1min_ai_does_not_end_is_ended_with_usage(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(says("Hello", done=False))
    reply = relay.chat(stream=True, stream_options={"include_usage": True})
    assert heard(reply).text == "Hello"
    assert chunks(reply)[-1]["usage"]["completion_tokens"] > 0


@pytest.mark.fault(12, 13)
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("This model's maximum context length is 8192 tokens", "context_length_exceeded"),
        ("Rejected by our safety system", None),
    ],
)
def test_what_a_prompt_is_refused_for_is_told_and_not_sent_again(
    relay: ThreadedRelay, onemin: Simulator, message: str, code: str | None
) -> None:
    onemin.script(refusal(400, "EXTERNAL_API_RESPONSE_WITH_ERROR", message))
    reply = relay.chat(stream=True)
    assert refused(reply)[:2] == (400, code)
    assert message in reply.text
    assert len(onemin.chats) == 1
