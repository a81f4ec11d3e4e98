"""What a response remembers, for whom, and for how long."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response

from simulator.replies import Cut, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.responses.sdk import MODEL, asked, client_with, completed, streamed
from tests.serving import KEY, Relay, ThreadedRelay, config_for, process

Asking = Callable[..., Response]


def is_stored(response: Response) -> object:
    """The package's type does not know it."""
    return response.to_dict()["store"]


either_way = pytest.mark.parametrize("ask", [asked, completed], ids=["whole", "stream"])


def heard(onemin: Simulator) -> str:
    """The last prompt."""
    return str(onemin.chats[-1].json["promptObject"]["prompt"])


@either_way
def test_what_was_said_before_is_known_the_moment_a_response_ends(
    client: OpenAI, onemin: Simulator, ask: Asking
) -> None:
    first = ask(client, "My name is Ada.", instructions="Be brief.")
    second = ask(client, "And I am 36.", previous_response_id=first.id)
    third = ask(client, "Who am I?", previous_response_id=second.id)
    told = heard(onemin)
    places = [told.index(text) for text in ("My name is Ada.", first.output_text)]
    places += [told.index(text) for text in ("And I am 36.", second.output_text, "Who am I?")]
    assert places == sorted(places)
    assert "Be brief." not in told  # instructions are for one response
    assert third.previous_response_id == second.id


@either_way
def test_a_response_can_be_asked_for_as_it_was_told(client: OpenAI, ask: Asking) -> None:
    told = ask(client, "Hello", metadata={"a": "b"})
    assert client.responses.retrieve(told.id) == told


def test_its_input_can_be_asked_for_in_pages(client: OpenAI) -> None:
    items: Any = [{"role": "user", "content": text} for text in "abc"]
    id = asked(client, items).id
    pages = client.responses.input_items.list(id, limit=2, order="asc")
    assert pages.has_more
    texts = [item.to_dict()["content"] for item in pages]
    assert [content[0]["text"] for content in texts] == ["a", "b", "c"]  # type: ignore[index]
    [latest] = client.responses.input_items.list(id, limit=1).data
    assert "'text': 'c'" in str(latest.to_dict())


def test_a_deleted_response_is_gone(client: OpenAI) -> None:
    id = asked(client, "Hello").id
    client.responses.delete(id)
    for use in (
        lambda: client.responses.retrieve(id),
        lambda: client.responses.delete(id),
        lambda: client.responses.input_items.list(id),
        lambda: asked(client, "Again", previous_response_id=id),
    ):
        with pytest.raises(openai.NotFoundError):
            use()


def test_what_is_not_to_be_stored_is_not(client: OpenAI) -> None:
    response = asked(client, "Hello", store=False)
    assert is_stored(response) is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_nobody_sees_what_another_has_said(client: OpenAI, stranger: OpenAI) -> None:
    mine = asked(client, "My secret")
    conversation = client.conversations.create().id
    reference: Any = [{"type": "item_reference", "id": mine.output[0].id}]
    for use in (
        lambda: stranger.responses.retrieve(mine.id),
        lambda: stranger.responses.delete(mine.id),
        lambda: stranger.responses.cancel(mine.id),
        lambda: stranger.responses.input_items.list(mine.id),
        lambda: asked(stranger, "Tell", previous_response_id=mine.id),
        lambda: asked(stranger, "Tell", conversation=conversation),
        lambda: asked(stranger, reference),
    ):
        with pytest.raises(openai.NotFoundError):
            use()
    assert client.responses.retrieve(mine.id) == mine


def test_an_item_can_be_named_instead_of_being_sent_again(
    client: OpenAI, onemin: Simulator
) -> None:
    first = asked(client, "Hello")
    again: Any = [
        {"type": "item_reference", "id": first.output[0].id},
        {"role": "user", "content": "Go on"},
    ]
    asked(client, again, store=False)
    assert first.output_text in heard(onemin)


@either_way
def test_a_conversation_gathers_what_is_said_in_it(
    client: OpenAI, onemin: Simulator, ask: Asking
) -> None:
    conversation = client.conversations.create(
        items=[{"type": "message", "role": "user", "content": "I like figs."}]
    )
    first = ask(client, "Hello", conversation=conversation.id)
    assert first.conversation
    assert first.conversation.id == conversation.id
    ask(client, "What do I like?", conversation=conversation.id, store=False)
    assert "I like figs." in heard(onemin)
    assert first.output_text in heard(onemin)
    items = client.conversations.items.list(conversation.id, order="asc").data
    roles = [item.role for item in items if item.type == "message"]
    assert roles == ["user", "user", "assistant", "user", "assistant"]
    assert items[2].id == first.output[0].id


def test_a_stream_that_broke_off_is_remembered_as_failed(
    client: OpenAI, onemin: Simulator
) -> None:
    onemin.script(says("Hel", Cut()))
    *_, last = streamed(client, "Hello")
    assert last.type == "response.failed"
    kept = client.responses.retrieve(last.response.id)
    assert kept == last.response
    assert kept.error
    assert kept.error.code == "server_error"


def test_a_stored_response_can_be_told_again_as_a_stream(client: OpenAI) -> None:
    told = asked(client, "Hello")
    events = [*client.responses.retrieve(told.id, stream=True)]
    assert [event.sequence_number for event in events] == [*range(len(events))]
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response == told


def test_where_a_stream_stood_is_not_remembered(client: OpenAI) -> None:
    id = asked(client, "Hello").id
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.retrieve(id, stream=True, starting_after=3)
    assert refused.value.param == "starting_after"


def test_it_survives_a_restart(
    onemin: Simulator, tmp_path: Path, relay_with: RelayFactory
) -> None:
    with process(onemin.url, tmp_path) as relay, client_with(KEY, relay) as client:
        first = asked(client, "Remember the figs.")
        conversation = client.conversations.create().id
        asked(client, "And the dates.", conversation=conversation)
        relay.end(signal.SIGKILL)
    with client_with(KEY, relay_with(data_dir=str(tmp_path / "data"))) as client:
        assert client.responses.retrieve(first.id) == first
        asked(client, "What?", previous_response_id=first.id)
        assert "Remember the figs." in heard(onemin)
        asked(client, "What?", conversation=conversation)
        assert "And the dates." in heard(onemin)
        assert len(client.conversations.items.list(conversation).data) == 4


def test_tokens_are_counted_with_all_that_was_said_before(client: OpenAI) -> None:
    count = client.responses.input_tokens.count
    id = asked(client, "A first question, of some length.").id
    alone = count(model=MODEL, input="Next").input_tokens
    assert count(model=MODEL, input="Next", previous_response_id=id).input_tokens > alone + 8
    with pytest.raises(openai.NotFoundError):
        count(model="no-such-model", input="Next")


def test_a_compacted_conversation_goes_on(relay: Relay, onemin: Simulator) -> None:
    first = relay.post("/v1/responses", {"model": MODEL, "input": "I like figs."}).json()
    onemin.script(says("They like figs."))
    body = {"model": MODEL, "previous_response_id": first["id"]}
    compacted = relay.post("/v1/responses/compact", body).json()
    assert compacted["object"] == "response.compaction"
    assert compacted["usage"]["total_tokens"] > 0
    next = {"role": "user", "content": "What do I like?"}
    relay.post("/v1/responses", {"model": MODEL, "input": [*compacted["output"], next]})
    assert "They like figs." in heard(onemin)


def test_without_its_database_the_relay_answers_and_says_that_it_forgets(
    onemin: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "relay.db").mkdir()
    relay = ThreadedRelay(config_for(onemin.url, tmp_path))
    try:
        with client_with(KEY, relay) as client:
            for ask in (asked, completed):
                response = ask(client, "Hello")
                assert response.output_text
                assert is_stored(response) is False
            with pytest.raises(openai.InternalServerError) as away:
                asked(client, "Again", previous_response_id=response.id)
            assert away.value.status_code == 503
    finally:
        relay.stop()


def test_an_item_cannot_be_named_twice(client: OpenAI) -> None:
    reference: Any = {"type": "item_reference", "id": asked(client, "Hello").output[0].id}
    with pytest.raises(openai.BadRequestError) as refused:
        asked(client, [reference, reference])
    assert refused.value.param == "input"
