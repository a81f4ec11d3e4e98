"""What a key of the relay's lets its holder do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.access.calling import House, bearing, house

SPARE = "sk-relay-" + "a" * 43


@pytest.fixture(scope="module")
def relay(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(onemin.url, tmp_path_factory.mktemp("a")) as opened:
        yield opened


def listed(relay: House, key: str, **headers: str) -> set[str]:
    reply = relay.client.get("/v1/models?limit=1000", headers=bearing(key) | headers)
    return {model["id"] for model in reply.get_json()["data"]}


@pytest.mark.parametrize("headers", [{}, {"anthropic-version": "2023-06-01"}])
def test_a_key_lists_the_models_it_is_for(relay: House, headers: dict[str, str]) -> None:
    all_ = listed(relay, relay.key(), **headers)
    chats = listed(relay, relay.key("chat:base", "models:read"), **headers)
    assert {"gpt-4o-mini", "claude-sonnet-4-20250514"} & chats
    assert "whisper-1" in all_ - chats
    some = listed(relay, relay.key(models=("gpt-4o*", "whisper-?")), **headers)
    assert some == {id for id in all_ if id.startswith("gpt-4o") or id == "whisper-1"}
    assert not listed(relay, relay.key("models:read"), **headers)


def test_another_model_is_as_if_it_were_not(relay: House) -> None:
    key = relay.key("chat:base", "models:read", models=("gpt-4o*",))
    for other in ("gpt-5-mini", "no-such-model", "whisper-1"):
        for reply in (
            relay.chat(key, model=other),
            relay.get(f"/v1/models/{other}", key),
            relay.post("/v1/messages", key, model=other, max_tokens=9,
                       messages=[{"role": "user", "content": "hi"}]),
            relay.post("/v1/responses", key, model=other, input="hi"),
        ):  # fmt: skip
            error = reply.get_json()["error"]
            assert reply.status_code == 404
            assert error["message"].startswith(f"The model '{other}' does not exist.")


def test_without_a_model_one_is_chosen_that_the_key_is_for(relay: House) -> None:
    key = relay.key(models=("mistral-*",))
    reply = relay.post("/v1/responses/input_tokens", key, input="hi")
    assert reply.status_code == 200, reply.get_data()


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/images/generations", {"prompt": "a cat", "model": "dall-e-3"}),
        ("/v1/images/generations", {"prompt": "a cat"}),
        ("/v1/audio/speech", {"input": "hi", "voice": "alloy", "model": "tts-1"}),
        ("/v1/audio/speech", {"input": "hi", "voice": "alloy"}),
        ("/v1/videos", {"prompt": "a cat", "model": "sora-2"}),
        ("/v1/assistants", {"model": "gpt-5-mini"}),
    ],
)
def test_nor_is_it_for_what_is_no_chat(relay: House, path: str, asked: dict[str, str]) -> None:
    reply = relay.post(path, relay.key(models=("gpt-4o*",)), **asked)
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("header", ["x-api-key", "api-key", "Authorization"])
def test_a_key_comes_in_any_header(relay: House, header: str) -> None:
    value = f"bearer {relay.key()}" if header == "Authorization" else relay.key()
    assert relay.client.get("/v1/models", headers={header: value}).status_code == 200


@pytest.mark.fault(78)
def test_guessing_soon_ends_and_holders_go_on(
    onemin: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("limited")
    with house(onemin.url, folder, rate_limit_requests=3) as limited:
        key = limited.key()
        assert limited.get("/v1/models", key).status_code == 200
        guesses = [limited.get("/v1/models", f"{SPARE[:-1]}{n}") for n in range(4)]
        assert [guess.status_code for guess in guesses] == [401, 401, 429, 429]
        assert limited.get("/v1/models", limited.key()).status_code == 429
        assert limited.get("/v1/models", key).status_code == 200


@pytest.mark.fault(77)
def test_without_the_database_holders_go_on_and_others_are_a_503(
    onemin: Simulator, tmp_path: Path
) -> None:
    with house(onemin.url, tmp_path) as relay:
        good, other = relay.key(), relay.key()
        assert relay.get("/v1/models", good).status_code == 200
        relay.relay.database.close()
        (tmp_path / "relay.db").rename(tmp_path / "away")
        (tmp_path / "relay.db").mkdir()
        assert relay.get("/v1/models", good).status_code == 200
        for unsure in (other, SPARE):
            reply = relay.get("/v1/models", unsure)
            assert (reply.status_code, reply.get_json()["error"]["code"]) == (
                *(503, "database_unavailable"),
            )
        assert relay.get("/v1/models", "sk-relay-short").status_code == 401
