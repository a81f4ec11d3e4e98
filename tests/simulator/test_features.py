"""POST /api/features: its refusals in order, and its records (onemin-api.md 8, 12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.features.scenarios import KNOWN
from simulator.replies import failure, refusal, says
from simulator.server import Simulator
from tests.simulator.peer import Answer, downloaded, feature, request, result, upload

PICTURE: dict[str, Any] = {"prompt": "a red apple", "size": "1024x1024", "quality": "standard"}


def picture(sim: Simulator, **fields: Any) -> Answer:
    return feature(sim, "IMAGE_GENERATOR", "dall-e-3", **{**PICTURE, **fields})


def posted(sim: Simulator, body: object, key: str = "key") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request(sim, "POST", "/api/features", data, {"API-KEY": key})


# Refusals, in order


@pytest.mark.parametrize(("key", "status"), [("", 401), ("bad-key", 401), ("limited", 429)])
def test_the_key_is_looked_at_first(sim: Simulator, key: str, status: int) -> None:
    assert posted(sim, b"{", key).status == status


@pytest.mark.parametrize("body", [b"{", [], {}, {"type": "IMAGE_GENERATOR"}, {"model": "x"}])
def test_a_wrong_top_level_is_refused(sim: Simulator, body: object) -> None:
    assert posted(sim, body).json["errorCode"] == "REQUEST_BODY_VALIDATION_FAILED"


@pytest.mark.parametrize("kind", ["UNIFY_CHAT_WITH_AI", "CHAT_WITH_IMAGE", "CHAT", "NONSENSE"])
def test_chat_is_no_feature(sim: Simulator, kind: str) -> None:
    answer = posted(sim, {"type": kind, "model": "gpt-4o-mini"})
    assert answer.status == 400
    assert answer.json == {
        "errorCode": "UNKNOWN_ERROR",
        "message": f"Unsupported feature type: {kind}",
    }


def test_a_feature_that_is_not_built_here_says_so(sim: Simulator) -> None:
    assert posted(sim, {"type": "MUSIC_GENERATOR", "model": "suno"}).status == 501


@pytest.mark.parametrize("model", ["gpt-4o-mini", "dall-e-9"])
def test_a_model_is_looked_at_before_the_prompt_object(sim: Simulator, model: str) -> None:
    answer = posted(sim, {"type": "IMAGE_GENERATOR", "model": model})
    assert answer.status == 400
    assert answer.json["errorCode"] == "UNSUPPORTED_MODEL"
    message = f"Model {model} is not supported for feature IMAGE_GENERATOR"
    assert answer.json["message"] == message


def test_a_prompt_object_has_to_be_one(sim: Simulator) -> None:
    body = {"type": "IMAGE_GENERATOR", "model": "dall-e-3", "promptObject": []}
    assert posted(sim, body).json["errorCode"] == "PROMPT_OBJECT_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("kind", "model", "given", "absent"),
    [
        ("IMAGE_GENERATOR", "dall-e-3", {"prompt": "x"}, ["size", "quality"]),
        ("IMAGE_GENERATOR", "gpt-image-1", {"prompt": "x", "size": "1024x1024"}, ["quality"]),
        ("IMAGE_GENERATOR", "gpt-image-1-mini", {}, ["prompt"]),
        (
            "IMAGE_GENERATOR",
            "midjourney",
            {"prompt": "x"},
            ["mode", "aspect_width", "aspect_height"],
        ),
        (
            "IMAGE_GENERATOR",
            "magic-art_7_0",
            {"prompt": "x", "mode": "fast"},
            ["aspect_width", "aspect_height"],
        ),
        (
            "IMAGE_GENERATOR",
            "6b645e3a-d64f-4341-a6d8-7a3690fbf042",
            {"prompt": "x"},
            ["size", "n"],
        ),
        ("IMAGE_VARIATOR", "dall-e-2", {"imageUrl": "x"}, ["n", "size"]),
        ("IMAGE_EDITOR", "gpt-image-1", {"prompt": "x"}, ["imageUrl", "size", "n"]),
        ("IMAGE_INPAINTER", "stable-image", {"prompt": "x"}, ["imageUrl", "maskUrl"]),
        ("IMAGE_UPSCALER", "stable-image", {}, ["imageUrl"]),
        ("IMAGE_OBJECT_REMOVER", "recraft", {"imageUrl": "x"}, ["maskUrl"]),
        ("SEARCH_AND_REPLACE", "stable-image", {"imageUrl": "x"}, ["search_prompt", "prompt"]),
        ("TEXT_TO_SPEECH", "tts-1", {"text": ""}, ["text", "voice"]),
        ("TEXT_TO_SPEECH", "qwen3-tts-flash", {"text": "x"}, ["voice", "language_type"]),
        ("SPEECH_TO_TEXT", "whisper-1", {"audioUrl": "x"}, ["response_format"]),
        ("SPEECH_TO_TEXT", "latest_long", {"audioUrl": "x"}, ["language"]),
    ],
)
def test_missing_fields_are_all_named(
    sim: Simulator, kind: str, model: str, given: dict[str, Any], absent: list[str]
) -> None:
    answer = feature(sim, kind, model, **given)
    assert answer.status == 400
    assert answer.json["errorCode"] == "MISSING_REQUIRED_FIELDS"
    assert [told["field"] for told in json.loads(answer.json["details"])] == absent


def test_credits_are_looked_at_after_the_fields_and_before_the_provider(sim: Simulator) -> None:
    missing = feature(sim, "IMAGE_GENERATOR", "dall-e-3", key="broke-key", prompt="x")
    assert missing.json["errorCode"] == "MISSING_REQUIRED_FIELDS"
    broke = feature(
        sim, "IMAGE_GENERATOR", "dall-e-3", key="broke-key", **{**PICTURE, "size": "1x1"}
    )
    assert broke.status == 200
    assert broke.record["status"] == "FAILURE"
    assert "credit" in broke.record["aiRecordDetail"]["resultObject"]["message"]


@pytest.mark.parametrize(
    ("kind", "model", "given", "told"),
    [
        ("IMAGE_GENERATOR", "dall-e-3", {**PICTURE, "size": "512x512"}, "'1024x1792'"),
        ("IMAGE_GENERATOR", "dall-e-3", {**PICTURE, "n": 2}, "'n'"),
        ("IMAGE_GENERATOR", "dall-e-2", {"prompt": "x", "n": "two"}, "'n'"),
        ("IMAGE_GENERATOR", "gpt-image-1-mini", {"prompt": "x", "quality": "hd"}, "'medium'"),
        (
            "IMAGE_GENERATOR",
            "midjourney",
            {"prompt": "x", "mode": "fast", "aspect_width": 16, "aspect_height": 9},
            "from 1 to 7",
        ),
        ("TEXT_TO_SPEECH", "tts-1", {"text": "x" * 4097, "voice": "alloy"}, "4096"),
        ("TEXT_TO_SPEECH", "tts-1", {"text": "x", "voice": "nobody"}, "'shimmer'"),
        ("TEXT_TO_SPEECH", "tts-1-hd", {"text": "x", "voice": "nova", "speed": 5}, "0.25"),
        (
            "TEXT_TO_SPEECH",
            "qwen3-tts-flash",
            {"text": "x" * 601, "voice": "Arthur", "language_type": "Auto"},
            "600",
        ),
    ],
)
def test_a_providers_refusal_tells_the_cause_only_in_its_details(
    sim: Simulator, kind: str, model: str, given: dict[str, Any], told: str
) -> None:
    answer = feature(sim, kind, model, **given)
    assert answer.status == 400
    assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"
    assert told not in answer.json["message"]
    assert told in json.loads(answer.json["details"])["error"]["message"]


@pytest.mark.parametrize("reference", ["images/none.png", "data:image/png;base64,AA=="])
def test_a_file_that_is_not_there_is_refused(sim: Simulator, reference: str) -> None:
    answer = feature(sim, "IMAGE_VARIATOR", "dall-e-2", imageUrl=reference, n=1, size="256x256")
    assert answer.json["errorCode"] == "EXTERNAL_API_RESPONSE_WITH_ERROR"


def test_a_file_of_another_account_is_not_there(sim: Simulator) -> None:
    key = upload(sim, "a.png", key="other").json["asset"]["key"]
    given: dict[str, Any] = {"imageUrl": key, "n": 1, "size": "256x256"}
    assert feature(sim, "IMAGE_VARIATOR", "dall-e-2", **given).status == 400
    assert feature(sim, "IMAGE_VARIATOR", "dall-e-2", key="other", **given).status == 200


# Records


def test_a_record_names_files_by_key_and_links_one(sim: Simulator) -> None:
    record = picture(sim).record
    [key] = record["aiRecordDetail"]["resultObject"]
    assert key.startswith("images/")
    assert record["temporaryUrl"].startswith(f"{sim.asset_url}/{key}?X-Amz-Algorithm=")
    assert (record["status"], record["type"]) == ("SUCCESS", "IMAGE_GENERATOR")
    assert record["metadata"] == {}
    assert record["additionalData"] is None
    assert record["aiRecordDetail"]["promptObject"]["size"] == "1024x1024"


def test_a_picture_costs_what_its_quality_and_size_do(sim: Simulator) -> None:
    picture(sim, quality="hd", size="1024x1792")
    assert picture(sim).record["teamUser"]["usedCredit"] == 120_000
    assert picture(sim).record["teamUser"]["usedCredit"] == 160_000


def test_a_poll_tells_what_is_used_by_now(sim: Simulator) -> None:
    asked = feature(sim, "IMAGE_GENERATOR", "dall-e-3", later=True, **PICTURE).record
    told = [asked, result(sim, asked["uuid"]).record, result(sim, asked["uuid"]).record]
    assert [each["teamUser"]["usedCredit"] for each in told] == [0, 40_000, 40_000]


def test_a_poor_key_is_used_up_by_its_first_call(sim: Simulator) -> None:
    fields = {"kind": "IMAGE_GENERATOR", "model": "dall-e-3", "key": "poor-key", **PICTURE}
    first, second = (feature(sim, **fields).record for _ in range(2))
    assert (first["status"], second["status"]) == ("SUCCESS", "FAILURE")
    assert first["teamUser"]["creditLimit"] < second["teamUser"]["usedCredit"]


def test_code_is_a_text(sim: Simulator) -> None:
    answer = feature(sim, "CODE_GENERATOR", "gpt-4o", prompt="say exactly: print(1)")
    assert answer.text == "print(1)"
    assert answer.record["temporaryUrl"] is None


# Asynchronous


def test_an_asynchronous_call_is_fetched_later(sim: Simulator) -> None:
    asked = feature(sim, "IMAGE_GENERATOR", "dall-e-3", later=True, **PICTURE).record
    assert asked["status"] == "PROCESSING"
    assert asked["aiRecordDetail"]["resultObject"] == []
    first, second = (result(sim, asked["uuid"]).record for _ in range(2))
    assert (first["status"], second["status"]) == ("PROCESSING", "SUCCESS")
    assert second["uuid"] == asked["uuid"]
    assert downloaded(sim, second["temporaryUrl"]).status == 200


def test_an_asynchronous_failure_is_fetched_later_as_well(sim: Simulator) -> None:
    fields = {**PICTURE, "prompt": "[[scenario=failure-200]]"}
    asked = feature(sim, "IMAGE_GENERATOR", "dall-e-3", later=True, **fields).record
    states = [result(sim, asked["uuid"]).record["status"] for _ in range(2)]
    assert states == ["PROCESSING", "FAILURE"]


def test_a_result_is_its_accounts_alone(sim: Simulator) -> None:
    asked = feature(sim, "IMAGE_GENERATOR", "dall-e-3", later=True, **PICTURE).record
    assert result(sim, asked["uuid"], "other").json == {"aiRecord": None}


def test_an_unknown_result_is_null_and_a_bad_key_a_401(sim: Simulator) -> None:
    answer = result(sim, "nothing")
    assert (answer.status, answer.json) == (200, {"aiRecord": None})
    assert result(sim, "nothing", "bad-key").status == 401


def test_processing_comes_unasked_too(sim: Simulator) -> None:
    asked = picture(sim, prompt="[[scenario=processing]]").record
    assert asked["status"] == "PROCESSING"
    states = [result(sim, asked["uuid"]).record["status"] for _ in range(2)]
    assert states == ["PROCESSING", "SUCCESS"]
    stuck = picture(sim, prompt="[[scenario=stuck]]").record
    states = [result(sim, stuck["uuid"]).record["status"] for _ in range(4)]
    assert states == ["PROCESSING"] * 4


# Scenarios and scripts


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status-500", 500),
        ("html-522", 522),
        ("html-200", 200),
        ("error-code-200", 200),
        ("busy", 400),
        ("rate-limited", 429),
    ],
)
def test_the_faults_of_chat_are_here_too(sim: Simulator, name: str, status: int) -> None:
    assert picture(sim, prompt=f"[[scenario={name}]]").status == status


def test_a_500_can_pass(sim: Simulator) -> None:
    prompt = "[[scenario=status-500-once]]"
    assert [picture(sim, prompt=prompt).status for _ in range(2)] == [500, 200]


def test_an_unknown_scenario_names_the_known(sim: Simulator) -> None:
    message = picture(sim, prompt="[[scenario=nothing]]").json["message"]
    assert all(name in message for name in KNOWN)


def test_results_can_be_addresses_already(sim: Simulator) -> None:
    record = picture(sim, prompt="[[scenario=absolute-result]]").record
    [url] = record["aiRecordDetail"]["resultObject"]
    assert record["temporaryUrl"] is None
    assert downloaded(sim, url).body.startswith(b"\x89PNG")


def test_parts_of_a_record_can_be_missing(sim: Simulator) -> None:
    record = picture(sim, prompt="[[scenario=old-shape]]").record
    assert record["resultObject"][0].startswith("images/")
    assert picture(sim, prompt="[[scenario=no-link]]").record["temporaryUrl"] is None
    assert picture(sim, prompt="[[scenario=missing-metadata]]").record["metadata"] is None


def test_scripts_are_used_in_turn_and_skip_the_checks(sim: Simulator) -> None:
    sim.script_features(refusal(500, "X", "y"), failure("X", "y"), says("One."))
    assert posted(sim, b"{").status == 500
    assert posted(sim, {}).record["status"] == "FAILURE"
    answer = feature(sim, "SPEECH_TO_TEXT", "whisper-1")
    assert (answer.text, answer.record["type"]) == ("One.", "SPEECH_TO_TEXT")
    assert picture(sim).record["status"] == "SUCCESS"


def test_results_have_scripts_of_their_own(sim: Simulator) -> None:
    sim.script_results(refusal(500, "X", "y"))
    assert [result(sim, "nothing").status for _ in range(2)] == [500, 200]


def test_feature_calls_are_remembered(sim: Simulator) -> None:
    picture(sim)
    result(sim, "nothing")
    [call] = sim.features
    assert call.json["promptObject"]["prompt"] == "a red apple"
    assert sim.wait_for_features(1) == [call]
