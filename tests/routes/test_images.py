"""The official openai package judges."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from simulator.replies import refusal, whole
from simulator.server import Simulator
from tests.routes.heard import refusal as refused
from tests.routes.painting import (
    CAT,
    drawn,
    edited,
    hole,
    prompts,
    running,
    shown,
    size,
    varied,
)
from tests.samples import png
from tests.sdk import client_of
from tests.serving import KEY, Relay, process

GEMINI = "gemini-3-pro-image-preview"


@pytest.fixture(scope="module")
def onemin() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def relay(onemin: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with process(onemin.url, tmp_path_factory.mktemp("relay")) as relay:
        relay.get("/v1/models")  # so that its catalog is live
        yield relay


@pytest.fixture(scope="module")
def client(relay: Relay) -> Iterator[OpenAI]:
    with client_of(relay) as client:
        yield client


# Generations


def test_a_picture_is_drawn_and_shown_at_its_address(client: OpenAI, onemin: Simulator) -> None:
    raw = client.images.with_raw_response.generate(
        prompt="a cat --no dogs", model="dall-e-3", size="1792x1024", quality="hd"
    )
    answer = raw.parse()
    [image] = answer.data or []
    assert shown(onemin, image.url) == (1792, 1024)
    assert (answer.size, answer.output_format) == ("1792x1024", "png")
    assert image.revised_prompt == "a cat"
    [told] = prompts(onemin)
    assert told["prompt"] == "a cat\n\nNot in the picture: dogs"
    assert (told["size"], told["quality"]) == ("1792x1024", "hd")
    assert raw.headers["x-usage-source"] == "estimated"
    assert "x-relay-ignored" not in raw.headers


def test_no_model_is_a_usual_one_which_answers_with_the_picture_itself(
    client: OpenAI, onemin: Simulator
) -> None:
    answer = client.images.generate(prompt="a cat", background="transparent", quality="low")
    [image] = answer.data or []
    assert image.b64_json
    assert size(base64.b64decode(image.b64_json)) == (1024, 1024)
    assert image.url is None
    assert (answer.quality, answer.background) == ("low", "transparent")
    assert onemin.features[-1].json["model"] == "gpt-image-1-mini"


def test_more_pictures_than_a_model_draws_at_once_are_several_calls(
    client: OpenAI, onemin: Simulator
) -> None:
    answer = client.images.generate(prompt="a cat", model="dall-e-3", n=3)
    assert len({image.url for image in answer.data or []}) == 3
    assert [told["n"] for told in prompts(onemin, 3)] == [1, 1, 1]


def test_a_stream_ends_with_the_picture(client: OpenAI) -> None:
    events = list(
        client.images.generate(
            prompt="a cat", model="gpt-image-1", size="1536x1024", stream=True, partial_images=2
        )
    )
    [event] = events
    assert event.type == "image_generation.completed"
    assert size(base64.b64decode(event.b64_json)) == (1536, 1024)
    assert (event.size, event.output_format) == ("1536x1024", "png")


def test_what_changes_nothing_is_told(relay: Relay) -> None:
    for stream in (False, True):
        reply = drawn(
            relay, output_format="png", moderation="low", partial_images=1, stream=stream
        )
        told = reply.headers["x-relay-ignored"]
        assert told == "moderation, partial_images, output_format"


def test_names_may_lack_the_vendor_and_have_a_date(relay: Relay, onemin: Simulator) -> None:
    for name, id in (
        ("flux-schnell", "black-forest-labs/flux-schnell"),
        ("openai/gpt-image-1-2025-04-23", "gpt-image-1"),
    ):
        assert drawn(relay, model=name).status_code == 200
        assert onemin.features[-1].json["model"] == id


# Edits


def test_a_picture_is_edited(client: OpenAI, onemin: Simulator) -> None:
    answer = client.images.edit(
        image=CAT, prompt="with a hat", model="gpt-image-1", size="1024x1536", n=2
    )
    assert [bool(image.b64_json) for image in answer.data or []] == [True, True]
    [told] = prompts(onemin)
    assert onemin.features[-1].json["type"] == "IMAGE_EDITOR"
    assert told.pop("imageUrl").endswith("_cat.png")
    assert told == {"prompt": "with a hat", "n": 2, "size": "1024x1536", "quality": "medium"}


def test_an_edit_streams(client: OpenAI) -> None:
    [event] = client.images.edit(
        image=CAT, prompt="with a hat", model="gpt-image-1", stream=True, input_fidelity="low"
    )
    assert event.type == "image_edit.completed"
    assert event.b64_json


def test_a_mask_says_where_to_edit(client: OpenAI, onemin: Simulator) -> None:
    client.images.edit(image=CAT, mask=hole(), prompt="with a hat", model="gpt-image-1")
    assert onemin.features[-1].json["type"] == "IMAGE_INPAINTER"
    [told] = prompts(onemin)
    assert told["imageUrl"] != told["maskUrl"]
    mask = next(upload for upload in onemin.uploads if upload.name.endswith("mask.png"))
    assert mask.data != hole()[1]
    assert size(mask.data) == (1, 1)


def test_several_pictures_are_seen_by_who_can(client: OpenAI, onemin: Simulator) -> None:
    images = [("a.png", png(1)), ("b.png", png(2)), ("c.png", png(3))]
    answer = client.images.edit(image=images, prompt="together", model=GEMINI)
    assert shown(onemin, (answer.data or [])[0].url)
    [told] = prompts(onemin)
    names = ("imageUrl", "referenceImage1", "referenceImage2")
    assert [told[name][-5:] for name in names] == ["a.png", "b.png", "c.png"]


def test_pictures_come_from_files_addresses_and_data(
    relay: Relay, client: OpenAI, onemin: Simulator
) -> None:
    file = client.files.create(file=("kept.png", png(7)), purpose="vision")
    url = drawn(relay).json()["data"][0]["url"]
    data = f"data:image/png;base64,{base64.b64encode(png(8)).decode()}"
    uploads = len(onemin.uploads)
    images = [{"file_id": file.id}, {"image_url": url}, {"image_url": data}]
    body = {"model": GEMINI, "prompt": "together", "images": images}
    assert relay.post("/v1/images/edits", body).status_code == 200
    [told] = prompts(onemin)
    assert told["imageUrl"].endswith("_kept.png")
    assert told["referenceImage1"] == url.removeprefix(f"{onemin.asset_url}/")
    assert [upload.data for upload in onemin.uploads[uploads:]] == [png(7), png(8)]


EDITORS: dict[str, tuple[str, dict[str, Any], tuple[int, int]]] = {
    "upscale": ("IMAGE_UPSCALER", {}, (4, 4)),
    "extend": ("IMAGE_EXTENDER", {"left": 9, "down": 2}, (10, 3)),
    "remove-background": ("BACKGROUND_REMOVER", {}, (1, 1)),
    "search-and-replace": ("SEARCH_AND_REPLACE", {"search_prompt": "a cap"}, (1, 1)),
}


@pytest.mark.parametrize("way", EDITORS)
def test_other_editors_are_asked_behind_a_models_name(
    relay: Relay, onemin: Simulator, way: str
) -> None:
    feature, fields, large = EDITORS[way]
    reply = edited(relay, model=f"stable-image:{way}", **fields)
    assert shown(onemin, reply.json()["data"][0]["url"]) == large
    assert onemin.features[-1].json["type"] == feature


# Variations


def test_a_picture_is_varied(client: OpenAI, onemin: Simulator) -> None:
    with pytest.warns(DeprecationWarning, match="deprecated"):
        answer = client.images.create_variation(image=CAT, n=2, size="512x512")
    assert [shown(onemin, image.url) for image in answer.data or []] == [(512, 512)] * 2
    assert onemin.features[-1].json["model"] == "dall-e-2"


def test_a_picture_is_varied_as_it_was_made(relay: Relay, onemin: Simulator) -> None:
    prompt = "a cat --ar 7:4 --relax"
    made = drawn(relay, model="midjourney", prompt=prompt).json()["data"]
    assert len(made) == 4
    reply = varied(relay, [], image_path=made[2]["url"], model="midjourney")
    assert len(reply.json()["data"]) == 4
    [told] = prompts(onemin)
    assert told["imageUrl"] == made[2]["url"].removeprefix(f"{onemin.asset_url}/")
    assert (told["aspect_width"], told["aspect_height"], told["mode"]) == (7, 4, "relax")


def test_another_model_varies_where_the_one_cannot(relay: Relay, onemin: Simulator) -> None:
    reply = varied(relay, model="dall-e-3")
    assert reply.headers["x-relay-fallback"] == "midjourney_6_1"
    onemin.script_features(refusal(429, "RATE_LIMITED", "Slow down."))
    reply = varied(relay, model="recraft")
    assert reply.headers["x-relay-fallback"] == "midjourney_6_1"
    assert len(reply.json()["data"]) == 4
    assert "x-relay-fallback" not in varied(relay, model="recraft").headers


# Failures


def test_a_refusal_is_a_status(relay: Relay, onemin: Simulator) -> None:
    for stream in (False, True):
        onemin.script_features(refusal(401, "HTTP_EXCEPTION", f"{KEY} was deleted"))
        reply = drawn(relay, stream=stream)
        assert refused(reply) == (401, "invalid_api_key", None)
        assert KEY not in reply.text


@pytest.mark.parametrize(
    ("scenario", "status"), [("failure-200", 400), ("failed-200", 502), ("rate-limited", 429)]
)
def test_a_failure_is_told_whenever_it_comes(relay: Relay, scenario: str, status: int) -> None:
    assert drawn(relay, prompt=f"a cat [[scenario={scenario}]]").status_code == status


def test_a_result_that_was_lost_is_an_error(relay: Relay, onemin: Simulator) -> None:
    onemin.script_results(whole({"aiRecord": None}))
    assert refused(drawn(relay)) == (502, "upstream_error", None)


def test_a_picture_that_cannot_be_fetched_is_told_where_it_is(
    relay: Relay, onemin: Simulator
) -> None:
    record = {"status": "SUCCESS", "aiRecordDetail": {"resultObject": ["https://a.test/b.png"]}}
    onemin.script_features(whole({"aiRecord": record}))
    reply = drawn(relay, response_format="b64_json")
    assert reply.status_code == 502
    assert "https://a.test/b.png" in reply.json()["error"]["message"]


def test_a_stream_that_fails_says_so(onemin: Simulator, tmp_path: Path) -> None:
    with (
        running(tmp_path, onemin, stream_commit_seconds=0.05) as relay,
        client_of(relay) as own,
    ):
        onemin.script_results(refusal(400, "INVALID_REQUEST", f"No such thing, {KEY}."))
        stream = own.images.generate(
            prompt="a cat [[delay=400]]", model="gpt-image-1", stream=True
        )
        with pytest.raises(openai.APIError, match=r"^No such thing, \*\*\*\.$"):
            list(stream)


def test_credits_are_told_where_1min_ai_tells(relay: Relay, onemin: Simulator) -> None:
    record = {
        "status": "SUCCESS",
        "metadata": {"credit": 42, "inputToken": 3, "outputToken": 4},
        "aiRecordDetail": {"resultObject": ["images/a.png"]},
    }
    onemin.script_features(whole({"aiRecord": record}))
    reply = drawn(relay)
    assert (reply.headers["x-credits-used"], reply.headers["x-usage-source"]) == (
        "42",
        "upstream",
    )
    assert json.loads(reply.content)["usage"]["total_tokens"] == 7
