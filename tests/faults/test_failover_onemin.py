"""The same of 1min.ai: what it may have billed is never sent to it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.replies import Hang, Reset, event, events, html, raw, refusal, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.routes.heard import chunks, heard, whole_and_streamed
from tests.routes.heard import refusal as refused
from tests.serving import ThreadedRelay, config_for


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreadedRelay]:
    relay = ThreadedRelay(config_for(onemin.url, tmp_path_factory.mktemp("relay")))
    assert relay.chat().status_code == 200  # so that its catalog is live
    yield relay
    relay.stop()


SLOW_DOWN = refusal(429, "RATE_LIMITED", "Slow down", headers={"Retry-After": "0"})


@pytest.mark.fault(1)
@whole_and_streamed
def test_a_429_that_names_a_short_wait_is_asked_again(
    relay: ThreadedRelay, onemin: Simulator, *, stream: bool
) -> None:
    before = len(onemin.chats)
    onemin.script(SLOW_DOWN, says("Hello"))
    assert heard(relay.chat(stream=stream)).text == "Hello"
    assert len(onemin.chats) == before + 2


@pytest.mark.fault(1)
def test_what_came_with_files_is_not_asked_again(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    """A recording may have been written down for it, and billed."""
    url = "data:text/plain;base64,SGk="
    part = {"type": "file", "file": {"file_data": url, "filename": "a.txt"}}
    before = len(onemin.chats)
    onemin.script(SLOW_DOWN)
    reply = relay.chat(messages=[{"role": "user", "content": [part]}])
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")
    assert len(onemin.chats) == before + 1


@pytest.mark.fault(2)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "9"}])
def test_a_429_that_names_none_or_a_long_one_is_the_clients(
    relay: ThreadedRelay, onemin: Simulator, headers: dict[str, str]
) -> None:
    before = len(onemin.chats)
    onemin.script(refusal(429, "RATE_LIMITED", "Slow down", headers=headers))
    reply = relay.chat(stream=True)
    assert refused(reply)[:2] == (429, "rate_limit_exceeded")
    assert reply.headers["Retry-After"] == headers.get("Retry-After", "10")
    assert len(onemin.chats) == before + 1


@pytest.mark.fault(3, 4, 5, 17)
@whole_and_streamed
@pytest.mark.parametrize(
    "trouble",
    [
        refusal(500, "INTERNAL_SERVER_ERROR", "Oh"),
        refusal(503, "UNAVAILABLE", "Oh"),
        html(502),
        raw(Reset()),
    ],
    ids=["500", "503", "page", "reset"],
)
def test_what_1min_ai_may_have_billed_is_sent_once(
    relay: ThreadedRelay, onemin: Simulator, trouble: Any, *, stream: bool
) -> None:
    """It may have done the work before it failed, so only another model may be asked."""
    before = len(onemin.chats)
    onemin.script(trouble)
    assert refused(relay.chat(stream=stream))[:2] == (502, "upstream_error")
    assert len(onemin.chats) == before + 1


@pytest.mark.long
@pytest.mark.fault(6, 7)
@pytest.mark.parametrize("trouble", [raw(Hang()), events(b"", Hang())], ids=["none", "head"])
def test_what_does_not_come_is_given_up_and_not_asked_for_again(
    relay_with: RelayFactory, onemin: Simulator, trouble: Any
) -> None:
    before = len(onemin.chats)
    onemin.script(trouble)
    reply = relay_with(first_byte_timeout=0.5).chat(stream=True)
    assert refused(reply)[:2] == (504, "upstream_timeout")
    assert len(onemin.chats) == before + 1


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
    relay: ThreadedRelay,
    onemin: Simulator,
    message: str,
    code: str | None,
) -> None:
    before = len(onemin.chats)
    onemin.script(refusal(400, "EXTERNAL_API_RESPONSE_WITH_ERROR", message))
    reply = relay.chat(stream=True)
    assert refused(reply)[:2] == (400, code)
    assert message in reply.text
    assert len(onemin.chats) == before + 1
