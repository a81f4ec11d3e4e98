"""`restart: true`: another model goes on with a text that broke off."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import Cut, Pause, event, events, refusal, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.ledger.relays import ended, row, row_of
from tests.raw import chat_request, connected, read_until
from tests.routes.heard import choices, chunks, heard
from tests.serving import ASKED, ThreadedRelay
from utils.domain.restart import WISH
from utils.relay_file import RelayFile

FILE = RelayFile(restart=True, fallbacks={"gpt-5": ("gpt-4o", "gpt-4.1")})
BROKEN = says("Once upon", " a time", Pause(0.05), Cut())


@pytest.fixture
def restarting(relay_with: RelayFactory) -> ThreadedRelay:
    return relay_with(file=FILE)


@pytest.mark.fault(8, 16)
@pytest.mark.parametrize(
    "more", [(" there was.",), ("Once upon a", " time there was.")], ids=["goes on", "anew"]
)
def test_a_text_is_gone_on_with_whether_the_other_repeats_it_or_not(
    restarting: ThreadedRelay, onemin: Simulator, more: tuple[str, ...]
) -> None:
    seen = len(onemin.chats)
    onemin.script(BROKEN, says(*more))
    reply = restarting.chat(model="gpt-5", stream=True, stream_options={"include_usage": True})
    assert heard(reply).text == "Once upon a time there was."
    assert ": x-relay-fallback: gpt-4o\n\n" in reply.text
    first, second = onemin.chats[seen:]
    assert [call.json["model"] for call in (first, second)] == ["gpt-5", "gpt-4o"]
    asked = second.json["promptObject"]["prompt"]
    assert "Once upon a time" in asked
    assert WISH in asked
    found = row_of(restarting, reply)
    assert ended(found) == (200, "", "gpt-4o")
    told = chunks(reply)[-1]["usage"]
    assert (told["prompt_tokens"], told["completion_tokens"]) == (
        found["input_tokens"],
        found["output_tokens"],
    ), "what both have cost, and the half is an estimate"
    assert found["source"] == "estimated"


@pytest.mark.fault(8, 14)
def test_where_the_others_fail_too_the_first_failure_is_told_and_all_is_booked(
    restarting: ThreadedRelay, onemin: Simulator
) -> None:
    refuses = refusal(400, "INVALID_REQUEST", "No prefill, please")
    onemin.script(BROKEN, refuses, says(" there", Pause(0.05), Cut()))
    reply = restarting.chat(model="gpt-5", stream=True)
    assert "[DONE]" not in reply.text
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert "prefill" not in reply.text
    texts = [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks(reply)[:-1]]
    assert "".join(texts) == "Once upon a time there"
    assert row_of(restarting, reply)["output_tokens"] == 5


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/v1/messages", {"messages": ASKED["messages"], "max_tokens": 50}),
        ("/v1/responses", {"input": "hi"}),
        ("/v1/completions", {"prompt": "hi"}),
    ],
)
def test_every_dialect_goes_on_in_the_same_stream(
    restarting: ThreadedRelay, onemin: Simulator, path: str, fields: dict[str, Any]
) -> None:
    onemin.script(BROKEN, says(" there was."))
    asked: dict[str, Any] = {"model": "gpt-5", "stream": True, **fields}
    reply = restarting.post(path, asked)
    assert "there was." in reply.text
    assert "error" not in reply.text.replace('"error":null', "")
    assert any(end in reply.text for end in ("message_stop", "response.completed", "[DONE]"))


@pytest.mark.fault(8)
def test_each_of_several_answers_goes_on_by_itself(
    restarting: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script(BROKEN, BROKEN, says(" there was."), says(" there was."))
    reply = restarting.chat(model="gpt-5", stream=True, n=2)
    assert [choice.text for choice in choices(reply)] == ["Once upon a time there was."] * 2


@pytest.mark.fault(8)
def test_half_an_object_is_gone_on_with_by_nobody(
    restarting: ThreadedRelay, onemin: Simulator
) -> None:
    """Two models' halves make no whole."""
    seen = len(onemin.chats)
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wish = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    onemin.script(says('{"a": "one', " two", " three", Pause(0.05), Cut()))
    reply = restarting.chat(model="gpt-5", stream=True, response_format=wish)
    assert "one" in reply.text
    assert chunks(reply)[-1]["error"]["code"] == "upstream_error"
    assert len(onemin.chats) == seen + 1


@pytest.mark.fault(8, 39)
def test_a_client_that_leaves_the_second_pays_for_the_first_as_well(
    restarting: ThreadedRelay, onemin: Simulator
) -> None:
    long = says("it went on and on " * 20, Pause(0.05), Cut())
    onemin.script(long, events(event("content", content="so it went"), Pause(20)))
    with connected(restarting.port) as client:
        client.sendall(chat_request(model="gpt-5", stream=True))
        seen = read_until(client, b"so it went")
    id = seen.split(b"X-Request-Id: ")[1].split(b"\r\n")[0].decode()
    found = row(restarting, id)
    assert found["status"] == 499
    assert found["output_tokens"] > 100
