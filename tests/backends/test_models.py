"""Which models there are, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.replies import html
from simulator.server import Simulator
from tests.backends.server import ModelServer
from tests.conftest import RelayFactory
from tests.ledger.relays import key
from tests.routes.heard import refusal as refused
from tests.serving import ThreadedRelay
from utils.relay_file import RelayFile


def listed(relay: ThreadedRelay, **options: Any) -> dict[str, dict[str, Any]]:
    models = relay.get("/v1/models", **options).json()["data"]
    assert len({model["id"] for model in models}) == len(models)
    return {model["id"]: model for model in models}


def test_a_servers_models_are_listed_as_its_operator_says(relay: ThreadedRelay) -> None:
    models = listed(relay)
    assert models["plain"]["owned_by"] == "house"
    assert models["plain"]["pricing"] == {"input": 1, "output": 2}
    assert models["renamed"]["capabilities"]["vision"]
    assert models["gpt-4o-mini"]["owned_by"] == "openai"
    shown = relay.get("/v1/models/gpt-4o").json()
    assert shown == models["gpt-4o"]
    assert (shown["owned_by"], shown["tier"], shown["object"]) == ("the house", "gold", "model")


def test_of_two_models_by_one_name_the_servers_answers(
    relay: ThreadedRelay, server: ModelServer, onemin: Simulator
) -> None:
    before = len(onemin.chats)
    for name in ("gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06"):
        assert relay.chat(model=name).json()["choices"][0]["message"]["content"] == "Hello"
    assert {call.json["model"] for call in server.calls} == {"gpt-4o"}
    assert len(onemin.chats) == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
        ("messages", {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}),
        ("responses", {"input": "hi"}),
        ("completions", {"prompt": "hi"}),
        ("images/generations", {"prompt": "hi"}),
    ],
)
def test_a_model_does_what_it_is_for_and_nothing_else(
    relay: ThreadedRelay, server: ModelServer, path: str, fields: dict[str, Any]
) -> None:
    reply = relay.post(f"/v1/{path}", {"model": "speaker", **fields})
    assert reply.status_code == 400
    assert reply.json()["error"].get("code", "model_not_supported") == "model_not_supported"
    assert not server.calls


def test_a_key_sees_and_asks_only_the_models_it_is_for(
    relay: ThreadedRelay, server: ModelServer
) -> None:
    chats = key(relay, scopes=frozenset({"chat:base", "models:read"}), models=("pl*", "sp*"))
    assert [*listed(relay, headers=chats)] == ["plain"]
    assert relay.chat(model="short").status_code == 200
    body = {"messages": [{"role": "user", "content": "hi"}]}
    for name in ("renamed", "house", "speaker", "gpt-4o"):
        reply = relay.post("/v1/chat/completions", {"model": name, **body}, headers=chats)
        assert refused(reply)[:2] == (404, "model_not_found")
    told = {"input": "hi", "model": "plain"}
    assert relay.post("/v1/audio/speech", told, headers=chats).status_code == 403
    assert len(server.calls) == 1


def test_only_permitted_models_are_served(
    relay_with: RelayFactory, server: ModelServer
) -> None:
    models: dict[str, Any] = {"one": {}, "two": {}}
    file = RelayFile.model_validate(
        {"aliases": {"a": "two"}, "backends": {"x": {"base_url": server.url, "models": models}}}
    )
    relay = relay_with(
        file=file,
        subset_of_one_min_permitted_models=("one",),
        permit_models_from_subset_only=True,
        default_chat_model="one",
    )
    assert [*listed(relay)] == ["one"]
    assert relay.chat(model=None).status_code == relay.chat(model="one").status_code == 200
    assert {call.json["model"] for call in server.calls} == {"one"}
    assert refused(relay.chat(model="a"))[:2] == (404, "model_not_found")


def test_1min_ais_list_being_away_hides_none_of_them(
    relay_with: RelayFactory, onemin: Simulator, server: ModelServer
) -> None:
    onemin.script_models(*[html(522)] * 40)
    file = RelayFile.model_validate(
        {"backends": {"x": {"base_url": server.url, "models": {"mine": {}}}}}
    )
    relay = relay_with(file=file)
    assert "mine" in listed(relay)
    assert relay.chat(model="mine").status_code == 200


def test_the_operators_prices_are_shown(relay_with: RelayFactory) -> None:
    prices = {"gpt-4o-mini": {"input": 3, "output": 4}, "nobody": {"input": 1, "output": 1}}
    relay = relay_with(file=RelayFile.model_validate({"prices": prices}))
    assert listed(relay)["gpt-4o-mini"]["pricing"] == {"input": 3, "output": 4}
