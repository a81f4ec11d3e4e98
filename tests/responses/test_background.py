"""Responses that nobody waits for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response

from simulator.replies import Cut, Hang, Pause, html, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.responses.sdk import MODEL, asked, client_with, streamed
from tests.serving import KEY, process
from utils.relay_file import RelayFile


def finished(client: OpenAI, id: str) -> Response:
    """Within a while."""
    for _ in range(200):
        response: Response = client.responses.retrieve(id)
        if response.status not in ("queued", "in_progress"):
            return response
        time.sleep(0.05)
    raise AssertionError("it never finished")


def test_it_is_answered_at_once_and_made_meanwhile(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Pause(0.3), "Hello"))
    begun = asked(client, "Hi", background=True)
    assert (begun.status, begun.output) == ("in_progress", [])
    assert client.responses.retrieve(begun.id).status == "in_progress"
    response = finished(client, begun.id)
    assert (response.status, response.output_text) == ("completed", "Hello")
    assert response.background
    again = asked(client, "And?", previous_response_id=response.id)
    assert again.status == "completed"


def test_one_that_is_not_finished_has_nothing_to_go_on_from(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says(Hang()))
    begun = asked(client, "Hi", background=True)
    with pytest.raises(openai.BadRequestError) as refused:
        asked(client, "And?", previous_response_id=begun.id)
    assert refused.value.param == "previous_response_id"
    client.responses.delete(begun.id)


def test_a_cancelled_one_hangs_up_and_stays_cancelled(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Hang(), "lo"))
    before = len(onemin.chats)
    begun = asked(client, "Hi", background=True)
    call = onemin.wait_for_chats(before + 1)[-1]
    assert client.responses.cancel(begun.id).status == "cancelled"
    assert call.hung_up.wait(10)
    assert finished(client, begun.id).status == "cancelled"
    assert client.responses.cancel(begun.id).status == "cancelled"


def test_a_deleted_one_hangs_up_and_stays_deleted(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says(Hang()))
    before = len(onemin.chats)
    begun = asked(client, "Hi", background=True)
    call = onemin.wait_for_chats(before + 1)[-1]
    client.responses.delete(begun.id)
    assert call.hung_up.wait(10)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(begun.id)


def test_one_that_failed_says_so(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Cut()))
    response = finished(client, asked(client, "Hi", background=True).id)
    assert response.status == "failed"
    assert response.error


def test_what_is_wrong_at_once_is_told_at_once(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="no-such-model", input="Hi", background=True)
    with pytest.raises(openai.BadRequestError) as refused:
        asked(client, "Hi", background=True, store=False)
    assert refused.value.param == "background"


def test_only_one_in_the_background_can_be_cancelled(client: OpenAI) -> None:
    response = asked(client, "Hi")
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(response.id)


def test_its_stream_can_be_left_without_ending_it(client: OpenAI, onemin: Simulator) -> None:
    onemin.script(says("Hel", Pause(0.6), "lo"))
    with streamed(client, "Hi", background=True) as events:
        for event in events:
            if event.type == "response.created":
                id = event.response.id
            if event.type == "response.output_text.delta":
                break
    assert finished(client, id).output_text == "Hello"


def test_whoever_asks_for_its_stream_waits_for_its_end(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Pause(0.5), "lo"))
    begun = asked(client, "Hi", background=True)
    *_, last = client.responses.retrieve(begun.id, stream=True)
    assert last.type == "response.completed"
    assert last.response.output_text == "Hello"


def test_a_relay_that_stops_finishes_it_first(
    onemin: Simulator, tmp_path: Path, relay_with: RelayFactory
) -> None:
    onemin.script(says("Hel", Pause(1), "lo"))
    with process(onemin.url, tmp_path) as relay, client_with(KEY, relay) as client:
        id = client.responses.create(model=MODEL, input="Hi", background=True).id
        assert relay.end() == 0
    with client_with(KEY, relay_with(data_dir=str(tmp_path / "data"))) as client:
        assert client.responses.retrieve(id).output_text == "Hello"


def test_what_was_cancelled_is_not_told_to_its_conversation(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says(Pause(0.4), "Hello"))
    conversation = client.conversations.create().id
    before = len(onemin.chats)
    begun = asked(client, "Hi", background=True, conversation=conversation)
    call = onemin.wait_for_chats(before + 1)[-1]
    client.responses.cancel(begun.id)
    call.hung_up.wait(1.5)  # or it was answered
    asked(client, "Are you there?")  # by now it would have been told
    assert client.conversations.items.list(conversation).data == []
    assert finished(client, begun.id).status == "cancelled"


def test_the_model_that_stood_in_is_told(onemin: Simulator, relay_with: RelayFactory) -> None:
    relay = relay_with(file=RelayFile(fallbacks={MODEL: ["gpt-4o"]}))
    onemin.script(html(522), says("Hello"))
    with client_with(KEY, relay) as client:
        response = finished(client, asked(client, "Hi", background=True).id)
        assert (response.model, response.output_text) == ("gpt-4o", "Hello")


@pytest.mark.parametrize(("carrier", "threads"), [("loop", 1), ("threads", 2)])
def test_whoever_waits_for_a_stream_takes_a_seat(
    onemin: Simulator, relay_with: RelayFactory, carrier: str, threads: int
) -> None:
    """On the loop the call itself has one of another kind."""
    relay = relay_with(carrier=carrier, threads=threads)
    onemin.script(says(Hang()))
    with client_with(KEY, relay) as client:
        begun = asked(client, "Hi", background=True)
        with client.responses.retrieve(begun.id, stream=True) as waiting:
            with pytest.raises(openai.InternalServerError) as refused:
                client.responses.retrieve(begun.id, stream=True)
            assert refused.value.status_code == 503
            client.responses.delete(begun.id)
            assert [event.type for event in waiting] == ["error"]


def test_a_schema_that_is_none_is_told_at_once(client: OpenAI) -> None:
    text: Any = {"format": {"type": "json_schema", "name": "a", "schema": {"type": "no"}}}
    tool: Any = {"type": "function", "name": "f", "parameters": {"type": "no"}, "strict": None}
    for fields, param in (
        ({"text": text}, "text.format.schema"),
        ({"tools": [tool]}, "tools[0].parameters"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            asked(client, "Hi", background=True, **fields)
        assert refused.value.param == param
