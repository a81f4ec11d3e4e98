from __future__ import annotations

from typing import Any

import pytest

from utils.domain.catalog import Model
from utils.errors import UpstreamFailed
from utils.onemin import models

CHAT = "UNIFY_CHAT_WITH_AI"
ENTRY: dict[str, Any] = {
    "uuid": "70247ce0",
    "modelId": "gpt-4o-mini",
    "name": "GPT-4o Mini - OpenAI",
    "provider": "openai",
    "group": "openai/gpt",
    "status": "ACTIVE",
    "creditMetadata": {
        "INPUT": 0.15,
        "OUTPUT": 0.6,
        "CONTEXT": 128000,
        "LOW_IMAGE": 425,
        "MAX_OUTPUT_TOKEN": 16384,
    },
    "features": ["CHAT_WITH_AI", "CODE_GENERATOR", "CHAT_WITH_IMAGE", CHAT],
    "modality": {"INPUT": ["text", "image"], "OUTPUT": ["text"]},
    "createdAt": "2024-07-18T00:00:00.000Z",
}


def read(*entries: Any, feature: str = CHAT) -> list[Model]:
    return models.read({"models": list(entries), "total": len(entries)}, feature)


def test_an_entry_tells_what_a_model_can_do() -> None:
    assert read(ENTRY) == [
        Model(
            id="gpt-4o-mini",
            name="GPT-4o Mini - OpenAI",
            owner="openai",
            created=1721260800,
            chat=True,
            vision=True,
            code=True,
            context=128_000,
            max_output=16_384,
            input_price=0.15,
            output_price=0.6,
        )
    ]


def test_an_entry_that_tells_nothing_is_a_model_all_the_same() -> None:
    names = ("name", "provider", "creditMetadata", "features", "modality", "createdAt")
    for bare in ({}, dict.fromkeys(names)):
        [model] = read({"modelId": "m", **bare}, feature="CODE_GENERATOR")
        assert model == Model(id="m", code=True)
        [model] = read({"modelId": "m", **bare})
        assert model == Model(id="m", chat=True)


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        ({"features": []}, {"code": False}),
        ({"modality": {"INPUT": ["text"], "OUTPUT": ["image"]}}, {"vision": False}),
        ({"modality": {}}, {"vision": False}),
        (
            {"creditMetadata": {"hd": {"1024x1024": 80000}}},
            {"context": 0, "max_output": 0, "input_price": None, "output_price": None},
        ),
        (
            {"creditMetadata": {"INPUT": "0.15", "OUTPUT": 0, "CONTEXT": None}},
            {"context": 0, "max_output": 0, "input_price": None, "output_price": 0.0},
        ),
        ({"createdAt": "yesterday"}, {"created": 0}),
        ({"createdAt": 7}, {"created": 0}),
    ],
)
def test_a_field_of_an_entry_changes_the_model(
    fields: dict[str, Any], differs: dict[str, Any]
) -> None:
    [usual], [model] = read(ENTRY), read(ENTRY | fields)
    names = Model.__slots__
    found = {
        name: getattr(model, name)
        for name in names
        if getattr(model, name) != getattr(usual, name)
    }
    assert found == differs


def test_a_model_that_is_listed_for_another_feature_may_chat_too() -> None:
    assert read(ENTRY, feature="IMAGE_GENERATOR")[0].chat
    assert not read(ENTRY | {"features": ["IMAGE_GENERATOR"]}, feature="IMAGE_GENERATOR")[
        0
    ].chat


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        ("IMAGE_GENERATOR", "image"),
        ("IMAGE_VARIATOR", "variation"),
        ("TEXT_TO_SPEECH", "speech"),
        ("SPEECH_TO_TEXT", "transcription"),
        (CHAT, "chat"),
    ],
)
def test_a_models_features_say_of_which_kind_it_is(feature: str, kind: str) -> None:
    assert feature in models.FEATURES
    fields: dict[str, Any] = {"id": "m", kind: True}
    for entry in ({"modelId": "m"}, {"modelId": "m", "features": [feature]}):
        assert read(entry, feature=feature) == [Model(**fields)]
    several = {"modelId": "m", "features": ["IMAGE_GENERATOR", "IMAGE_VARIATOR"]}
    [model] = read(several, feature=feature)
    assert model.image
    assert model.variation
    assert getattr(model, kind)


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY | {"modelId": "NOT_APPLICABLE"},
        ENTRY | {"status": "DISABLED"},
        ENTRY | {"modelId": None},
        ENTRY | {"modelId": 7},
        {},
        None,
        "gpt-4o-mini",
    ],
)
def test_an_entry_that_cannot_be_called_is_left_out(entry: Any) -> None:
    assert [model.id for model in read(entry, ENTRY)] == ["gpt-4o-mini"]


@pytest.mark.parametrize("field", [*ENTRY])
def test_an_odd_field_takes_no_other_model_away(field: str) -> None:
    for odd in (7, "x", ["x"], {"a": 1}, True, [7], {"INPUT": 7}):
        found = read(ENTRY | {"modelId": "odd"} | {field: odd}, ENTRY)
        assert found[-1].id == "gpt-4o-mini"


def test_no_models_are_a_list_too() -> None:
    assert read() == []


@pytest.mark.parametrize(
    "reply", [None, [], [ENTRY], "models", {}, {"models": None}, {"models": {}}, {"total": 0}]
)
def test_what_is_no_list_of_models_is_a_failure(reply: Any) -> None:
    with pytest.raises(
        UpstreamFailed, match=r"^1min.ai sent something that is not a list of models$"
    ):
        models.read(reply, CHAT)


def test_each_model_is_merged_once_where_it_first_stood() -> None:
    lists = [[Model(id="b", name="first"), Model(id="a")], [Model(id="c"), Model(id="b")]]
    merged = models.merged(lists)
    assert [(model.id, model.name) for model in merged] == [
        ("b", "first"),
        ("a", ""),
        ("c", ""),
    ]


def test_a_feature_is_asked_for_by_name() -> None:
    assert models.target("TEXT_TO_SPEECH") == "/models?feature=TEXT_TO_SPEECH"


def test_the_snapshot_knows_the_usual_models() -> None:
    known = {model.id: model for model in models.snapshot()}
    assert len(known) == len(models.snapshot()) > 100
    mini = known["gpt-4o-mini"]
    assert (mini.chat, mini.vision, mini.context) == (True, True, 128_000)
    assert (mini.input_price, mini.output_price) == (0.15, 0.6)
    assert not known["dall-e-3"].chat
    assert (known["dall-e-3"].image, known["dall-e-3"].variation) == (True, False)
    assert (known["midjourney"].image, known["midjourney"].variation) == (True, True)
    assert (known["whisper-1"].transcription, known["tts-1"].speech) == (True, True)
