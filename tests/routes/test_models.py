from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.replies import Hang, Pause, Reply, html, says
from simulator.server import Simulator
from tests.conftest import RelayFactory
from tests.memcached import Memcached
from tests.serving import ThreadedRelay
from utils.domain.catalog import no_such_model
from utils.onemin import models as catalog

FEATURES = len(catalog.FEATURES)  # lists that make one catalog


def listing(*models: dict[str, Any]) -> Reply:
    body = {"models": list(models), "total": len(models)}
    return Reply(
        headers={"Content-Type": "application/json"}, body=(json.dumps(body).encode(),)
    )


def entry(name: str, **fields: Any) -> dict[str, Any]:
    return {"modelId": name, "features": ["UNIFY_CHAT_WITH_AI"], "status": "ACTIVE"} | fields


def ids(relay: ThreadedRelay) -> list[str]:
    return [model["id"] for model in relay.get("/v1/models").json()["data"]]


def able(model: dict[str, Any]) -> set[str]:
    return {ability for ability, has in model["capabilities"].items() if has}


def fetches(onemin: Simulator) -> int:
    return len([call for call in onemin.calls if call.path == "/models"])


def test_the_list_is_1min_ais_own_in_openais_shape(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    body = relay.get("/v1/models").json()
    assert body["object"] == "list"
    names = [model["id"] for model in body["data"]]
    assert len(names) == len(set(names)) > 100
    for model in body["data"]:
        assert model["object"] == "model"
        assert isinstance(model["created"], int)
        assert isinstance(model["owned_by"], str)
    mini = next(model for model in body["data"] if model["id"] == "gpt-4o-mini")
    assert able(mini) == {"chat", "vision", "retrieval"}
    assert (mini["context_length"], mini["max_output_tokens"]) == (128000, 16384)
    assert mini["pricing"] == {"input": 0.15, "output": 0.6}
    assert {call.query["feature"] for call in onemin.calls} == {*catalog.FEATURES}
    assert not any("api-key" in call.headers for call in onemin.calls)


def test_the_list_tells_what_each_model_makes(relay: ThreadedRelay) -> None:
    models = {model["id"]: able(model) for model in relay.get("/v1/models").json()["data"]}
    assert models["dall-e-2"] == {"image", "image_variation"}
    assert models["gpt-image-1-mini"] == {"image", "image_edit"}
    assert (models["tts-1"], models["whisper-1"]) == ({"speech"}, {"transcription"})
    assert models["sora-2"] == {"video"}


@pytest.mark.parametrize("name", ["openai/gpt-oss-20b", "methexis-inc/img2prompt:50adaf2d"])
def test_ids_with_slashes_and_colons_are_found_raw_and_encoded(
    relay: ThreadedRelay, onemin: Simulator, name: str
) -> None:
    onemin.script_models(*[listing(entry(name))] * FEATURES)
    encoded = name.replace("/", "%2F").replace(":", "%3A")
    for path in (f"/v1/models/{name}", f"/v1/models/{encoded}", f"/models/{name}/"):
        assert relay.get(path).json()["id"] == name


def test_an_unknown_model_is_a_404_in_both_places(relay: ThreadedRelay) -> None:
    for reply in (relay.get("/v1/models/no/such"), relay.chat(model="no/such")):
        assert reply.status_code == 404
        assert reply.json()["error"] == {
            "message": no_such_model("no/such").message,
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }


def test_a_model_that_does_not_chat_is_asked_for_what_it_does(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    assert relay.chat(model="dall-e-3").status_code == 200
    assert [call.json["type"] for call in onemin.features] == ["IMAGE_GENERATOR"]
    assert not onemin.chats


def test_only_permitted_models_are_listed_and_served(
    relay_with: RelayFactory, onemin: Simulator
) -> None:
    relay = relay_with(
        subset_of_one_min_permitted_models=("gpt-4o", "not-there"),
        permit_models_from_subset_only=True,
    )
    assert ids(relay) == ["gpt-4o"]
    assert relay.get("/v1/models/gpt-4o-mini").status_code == 404
    for name in ("gpt-4o-mini", "gpt-4o-mini:online", "not-there"):
        assert relay.chat(model=name).status_code == 404
    assert relay.chat(model=None).json()["model"] == "gpt-4o"
    assert relay.chat(model="gpt-4o:online").status_code == 200
    assert {call.json["model"] for call in onemin.chats} == {"gpt-4o"}


def test_a_default_outside_the_subset_is_not_served(
    relay_with: RelayFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    subset = {
        "subset_of_one_min_permitted_models": ("gpt-4o",),
        "permit_models_from_subset_only": True,
    }
    with pytest.raises(ValueError, match="default_chat_model"):
        relay_with(default_chat_model="gpt-5.1", **subset)
    assert relay_with(default_chat_model="no-such").chat(model=None).status_code == 404


def test_a_subset_alone_restricts_nothing(relay_with: RelayFactory) -> None:
    relay = relay_with(subset_of_one_min_permitted_models=("gpt-4o",))
    assert relay.chat(model="gpt-4o-mini").status_code == 200


def test_models_that_are_not_active_are_left_out(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    models = [entry("on"), entry("off", status="DISABLED"), entry("NOT_APPLICABLE")]
    onemin.script_models(*[listing(*models)] * FEATURES)
    assert ids(relay) == ["on"]


def test_a_list_is_fetched_once_however_many_ask(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    for _ in range(5):
        relay.get("/v1/models")
        relay.chat()
    assert fetches(onemin) == FEATURES


def test_a_model_that_just_came_is_asked_for_once_more(
    relay: ThreadedRelay, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.catalog.RETRY", 0)
    lists = [listing(entry("old"))] * FEATURES + [listing(entry("new"))] * FEATURES
    onemin.script_models(*lists)
    onemin.script(says("Hello"))
    assert ids(relay) == ["old"]
    assert relay.chat(model="new").status_code == 200


def test_the_last_list_stays_while_1min_ai_fails(
    relay: ThreadedRelay, onemin: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    onemin.script_models(*[listing(entry("known"))] * FEATURES, *[html(522)] * 100)
    assert ids(relay) == ["known"]
    monkeypatch.setattr("utils.store.catalog.FRESH", 0)
    monkeypatch.setattr("utils.store.catalog.RETRY", 0)
    for _ in range(3):
        assert ids(relay) == ["known"]
        onemin.script(says("Hello"))
        assert relay.chat(model="known").status_code == 200


@pytest.mark.parametrize(
    "reply",
    [html(522), Reply(200, body=(b"nonsense",)), listing(), Reply(body=(b"", Hang()))],
    ids=["html", "nonsense", "empty", "hanging"],
)
def test_without_any_answer_the_snapshot_serves(
    relay: ThreadedRelay, onemin: Simulator, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.store.catalog.PATIENCE", 0.5)
    onemin.script_models(*[reply] * 40)
    assert "gpt-4o-mini" in ids(relay)
    assert relay.chat().status_code == 200


def test_while_no_list_was_heard_1min_ai_judges_unknown_models(
    relay: ThreadedRelay, onemin: Simulator
) -> None:
    onemin.script_models(*[html(522)] * 40)
    assert relay.chat(model="brand-new").json()["error"]["code"] == "model_not_found"
    assert onemin.chats[0].json["model"] == "brand-new"


def test_the_last_good_list_outlives_the_process(
    relay_with: RelayFactory, onemin: Simulator, tmp_path: Path
) -> None:
    onemin.script_models(*[listing(entry("kept-on-disk"))] * FEATURES, *[html(522)] * 40)
    assert ids(relay_with()) == ["kept-on-disk"]
    assert ids(relay_with()) == ["kept-on-disk"]
    (tmp_path / "catalog.json").write_text('[{"another": "version"}]')
    assert "gpt-4o-mini" in ids(relay_with())


def test_a_chat_does_not_wait_for_the_list(relay: ThreadedRelay, onemin: Simulator) -> None:
    onemin.script_models(*[listing(entry("slow")).after(Pause(20))] * FEATURES)
    assert relay.chat().status_code == 200
    assert not any(call.answered.is_set() for call in onemin.calls if call.path == "/models")


def test_the_list_needs_a_key(relay: ThreadedRelay) -> None:
    assert relay.get("/v1/models", headers={}).status_code == 401


def test_relays_share_one_list_through_memcached(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached
) -> None:
    place = {"memcached_host": "127.0.0.1", "memcached_port": memcached.port}
    onemin.script_models(*[listing(entry("shared"))] * FEATURES)
    assert [ids(relay_with(**place)) for _ in range(3)] == [["shared"]] * 3
    assert fetches(onemin) == FEATURES


def test_the_list_is_fetched_when_memcached_is_away(
    relay_with: RelayFactory, onemin: Simulator, memcached: Memcached
) -> None:
    memcached.stop()
    relay = relay_with(memcached_host="127.0.0.1", memcached_port=memcached.port)
    assert "gpt-4o-mini" in ids(relay)
    assert fetches(onemin) == FEATURES
