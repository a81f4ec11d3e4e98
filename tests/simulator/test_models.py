"""The Models API, onemin-api.md 7."""

from __future__ import annotations

import pytest

from simulator.server import Simulator
from tests.simulator.peer import request


def test_a_feature_lists_its_models_without_a_key(sim: Simulator) -> None:
    listing = request(sim, "GET", "/models?feature=UNIFY_CHAT_WITH_AI").json
    assert listing["total"] == len(listing["models"]) == 103
    assert all("UNIFY_CHAT_WITH_AI" in entry["features"] for entry in listing["models"])


def test_a_newer_model_has_no_known_price(sim: Simulator) -> None:
    listing = request(sim, "GET", "/models?feature=UNIFY_CHAT_WITH_AI").json
    entries = {entry["modelId"]: entry for entry in listing["models"]}
    assert entries["gpt-4o-mini"]["creditMetadata"]["INPUT"] == 0.15
    assert entries["gpt-6-sol"]["creditMetadata"] is None
    assert entries["gpt-6-sol"]["status"] == "ACTIVE"


@pytest.mark.parametrize("feature", ["IMAGE_GENERATOR", "SPEECH_TO_TEXT", "TEXT_TO_SPEECH"])
def test_other_features_are_listed(sim: Simulator, feature: str) -> None:
    assert request(sim, "GET", f"/models?feature={feature}").json["total"] > 0


@pytest.mark.parametrize("path", ["/models", "/models?feature=", "/models?feature=NOTHING"])
def test_no_feature_has_no_models(sim: Simulator, path: str) -> None:
    assert request(sim, "GET", path).json == {"models": [], "total": 0}


def test_the_models_are_not_below_api(sim: Simulator) -> None:
    assert request(sim, "GET", "/api/models?feature=UNIFY_CHAT_WITH_AI").status == 404


def test_pythons_own_user_agent_is_refused(sim: Simulator) -> None:
    answer = request(sim, "GET", "/models", headers={"User-Agent": "Python-urllib/3.11"})
    assert answer.status == 403
    assert answer.headers["content-type"].startswith("text/html")
