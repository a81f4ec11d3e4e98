"""Anthropic's list of models, and its way to count tokens."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from anthropic.types import MessageTokensCount, ModelInfo
from pydantic import TypeAdapter

from simulator.server import Simulator
from tests.messages.sdk import HEADERS, MODEL, user
from tests.serving import Relay


def test_the_sdk_lists_every_model_once_however_it_pages(
    client: Anthropic, relay: Relay
) -> None:
    openai = [model["id"] for model in relay.get("/v1/models").json()["data"]]
    whole = client.models.list()
    assert [model.id for model in whole.data] == openai
    assert (whole.has_more, whole.first_id, whole.last_id) == (False, openai[0], openai[-1])
    assert [model.id for model in client.models.list(limit=50)] == openai
    before = client.models.list(limit=2, before_id=openai[5])
    assert [model.id for model in before.data] == openai[3:5]
    assert before.has_more
    after = client.models.list(limit=2, after_id=openai[-3])
    assert ([model.id for model in after.data], after.has_more) == (openai[-2:], False)
    nothing = client.models.list(after_id=openai[-1])
    assert (nothing.data, nothing.first_id, nothing.last_id) == ([], None, None)


def test_only_models_in_the_wanted_stage_are_listed(client: Anthropic) -> None:
    assert not client.models.list(lifecycle=["retired", "deprecated"]).data
    assert client.models.list(lifecycle=["active"]).data


@pytest.mark.parametrize(
    ("query", "name"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("limit=1001", "limit"),
     ("after_id=no", "after_id"), ("before_id=no", "before_id")],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(relay: Relay, query: str, name: str) -> None:
    reply = relay.get(f"/v1/models?{query}", headers=HEADERS)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert reply.json()["error"]["message"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        (MODEL, MODEL),
        ("claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-haiku-4-5-20251001", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-sonnet-4-6[1m]", "us.anthropic.claude-sonnet-4-6"),
        ("anthropic/claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1"),
    ],
)
def test_a_model_is_found_by_the_names_that_clients_know(
    relay: Relay, name: str, id: str
) -> None:
    raw = relay.get(f"/v1/models/{name}", headers=HEADERS).content
    model = TypeAdapter(ModelInfo).validate_json(raw, strict=True)
    assert (model.id, model.type, model.lifecycle) == (id, "model", "active")
    assert model.created_at.tzinfo
    assert model.display_name
    assert relay.get(f"/v1/models/{name}").json()["object"] == "model"


def test_an_unknown_model_is_not_found(client: Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as caught:
        client.models.retrieve("no/such")
    assert caught.value.type == "not_found_error"
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="no/such", messages=[user("hi")])


def test_tokens_are_counted_as_an_answer_counts_them(
    client: Anthropic, relay: Relay, onemin: Simulator
) -> None:
    fields: dict[str, Any] = {"model": MODEL, "messages": [user("Hello world")]}
    before = len(onemin.chats)
    reply = relay.post("/messages/count_tokens/", fields, headers=HEADERS)
    counted = TypeAdapter(MessageTokensCount).validate_json(reply.content, strict=True)
    assert reply.headers["x-usage-source"] == "estimated"
    assert len(onemin.chats) == before
    with client.messages.stream(**fields, max_tokens=9) as stream:
        begun = next(iter(stream))
    assert begun.type == "message_start"
    assert begun.message.usage.input_tokens == counted.input_tokens


@pytest.mark.parametrize("model", ["claude-haiku-4-5", f"{MODEL}:online", "sonnet"])
def test_tokens_are_counted_for_whatever_a_chat_would_find(
    client: Anthropic, model: str
) -> None:
    tokens = client.messages.count_tokens(model=model, messages=[user("hi " * 1000)])
    assert tokens.input_tokens > 1000
