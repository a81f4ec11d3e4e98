from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.domain.media import Picture, Sides
from utils.errors import InvalidRequest, UpstreamFailed
from utils.onemin import models
from utils.onemin.media import images
from utils.onemin.media.asset_host import AssetUrls

URLS = AssetUrls("https://asset.1min.ai")
LEONARDO = "6b645e3a-d64f-4341-a6d8-7a3690fbf042"
MAGIC = {
    "mode": "fast",
    "n": 4,
    "isNiji6": False,
    "maintainModeration": True,
    "aspect_width": 1,
    "aspect_height": 1,
}
SDXL = {
    "samples": 1,
    "size": "1024x1024",
    "cfg_scale": 7,
    "clip_guidance_preset": "NONE",
    "seed": 0,
    "steps": 30,
}
GPT_IMAGE = {"n": 1, "size": "1024x1024", "quality": "medium"}
DALLE_3 = {"n": 1, "size": "1024x1024", "quality": "standard", "style": "vivid"}


def built(model: str, **fields: Any) -> dict[str, Any]:
    """What goes beside the prompt."""
    feature = images.build(Picture(prompt="a cat", model=model, **fields))
    assert (feature.type, feature.model) == ("IMAGE_GENERATOR", model)
    assert feature.prompt.pop("prompt") == "a cat"
    return feature.prompt


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("dall-e-2", {"n": 1, "size": "1024x1024"}),
        ("dall-e-3", DALLE_3),
        ("gpt-image-1", GPT_IMAGE),
        ("gpt-image-1-mini", GPT_IMAGE),
        ("gpt-image-1.5", GPT_IMAGE),
        ("gpt-image-2", GPT_IMAGE),
        ("midjourney", MAGIC),
        ("midjourney_7_0", MAGIC),
        ("magic-art_6_1", MAGIC),
        ("black-forest-labs/flux-schnell", {}),
        ("black-forest-labs/flux-1.1-pro-ultra", {}),
        ("black-forest-labs/flux-2-pro", {}),
        (LEONARDO, {"n": 1, "size": "1024x1024"}),
        ("gemini-2.5-flash-image", {}),
        ("gemini-3-pro-image-preview", {"imageSize": "1K"}),
        ("gemini-3.1-flash-image-preview", {"imageSize": "1K"}),
        ("recraft", {"n": 1, "size": "1024x1024"}),
        ("stable-diffusion-xl-1024-v1-0", SDXL),
        ("stable-image", {}),
        ("stable-image-ultra", {}),
        ("qwen-image-plus", {}),
        ("grok-2-image-1212", {}),
        ("a-model-of-tomorrow", {}),
    ],
)
def test_a_prompt_alone_is_enough(model: str, fields: dict[str, Any]) -> None:
    assert built(model) == fields


def test_every_image_model_of_the_snapshot_but_one_draws_a_prompt() -> None:
    painters = {model.id for model in models.snapshot() if model.image}
    assert len(painters) > 30
    for model in painters - {"dzine"}:
        built(model)


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("dall-e-3", {"size": (1024, 1792)}, {"size": "1024x1792"}),
        ("dall-e-3", {"aspect": (16, 9)}, {"size": "1792x1024"}),
        ("dall-e-3", {"aspect": (2, 3)}, {"size": "1024x1792"}),
        ("dall-e-3", {"aspect": (5, 4)}, {"size": "1024x1024"}),
        ("dall-e-2", {"size": (300, 300)}, {"size": "256x256"}),
        ("dall-e-2", {"size": (2000, 2000)}, {"size": "1024x1024"}),
        ("dall-e-2", {"aspect": (16, 9)}, {"size": "1024x1024"}),
        ("gpt-image-1", {"size": (1024, 1792)}, {"size": "1024x1536"}),
        ("gpt-image-2", {"size": (2048, 1152)}, {"size": "2048x1152"}),
        ("gpt-image-2", {"size": (3840, 2160)}, {"size": "3840x2160"}),
        ("gpt-image-2", {"aspect": (1, 1)}, {"size": "1024x1024"}),
        ("gpt-image-2", {"aspect": (16, 9)}, {"size": "1360x768"}),
        (LEONARDO, {"aspect": (1, 1)}, {"size": "1024x1024"}),
        (LEONARDO, {"size": (600, 600)}, {"size": "512x512"}),
        (LEONARDO, {"aspect": (16, 9)}, {"size": "1024x768"}),
        (LEONARDO, {"aspect": (9, 16)}, {"size": "768x1024"}),
        ("stable-diffusion-xl-1024-v1-0", {"size": (1920, 1080)}, {"size": "1344x768"}),
        ("stable-diffusion-xl-1024-v1-0", {"aspect": (8, 1)}, {"size": "1536x640"}),
        ("recraft", {"aspect": (1, 1)}, {"size": "1024x1024"}),
        ("recraft", {"aspect": (2, 1)}, {"size": "1536x768", "task_type": "recraftv4"}),
        ("midjourney", {"aspect": (16, 9)}, {"aspect_width": 7, "aspect_height": 4}),
        ("midjourney", {"aspect": (4, 6)}, {"aspect_width": 2, "aspect_height": 3}),
        ("magic-art", {"size": (1024, 1024)}, {"aspect_width": 1, "aspect_height": 1}),
        ("black-forest-labs/flux-dev", {"aspect": (16, 9)}, {"aspect_ratio": "16:9"}),
        ("black-forest-labs/flux-2-pro", {"size": (1024, 1536)}, {"aspect_ratio": "2:3"}),
        ("stable-image", {"aspect": (21, 9)}, {"stable_image_core_aspect_ratio": "21:9"}),
        ("qwen-image-max", {"aspect": (3, 2)}, {"aspect_ratio": "3:2"}),
        ("gemini-3-pro-image-preview", {"size": (4000, 4000)}, {"imageSize": "4K"}),
        ("gemini-3.1-flash-image-preview", {"aspect": (8, 1)}, {"aspectRatio": "8:1"}),
        (
            "gemini-3.1-flash-image-preview",
            {"size": (512, 512)},
            {"imageSize": "512", "aspectRatio": "1:1"},
        ),
        ("a-model-of-tomorrow", {"size": (640, 480)}, {"size": "640x480"}),
        ("a-model-of-tomorrow", {"aspect": (16, 9)}, {"aspect_ratio": "16:9"}),
        # The aspect says the shape, the size how large.
        ("dall-e-2", {"size": (512, 512), "aspect": (1, 1)}, {"size": "512x512"}),
        ("gpt-image-1", {"size": (1024, 1536), "aspect": (3, 2)}, {"size": "1536x1024"}),
        # Number
        ("dall-e-2", {"n": 10}, {"n": 10}),
        ("stable-diffusion-xl-1024-v1-0", {"n": 2}, {"samples": 2}),
        ("black-forest-labs/flux-schnell", {"n": 4}, {"num_outputs": 4}),
        ("midjourney", {"n": 2}, {}),
        ("a-model-of-tomorrow", {"n": 2}, {"n": 2}),
        # Words
        ("dall-e-3", {"quality": "hd"}, {"quality": "hd"}),
        ("dall-e-3", {"quality": "high"}, {"quality": "hd"}),
        ("dall-e-3", {"quality": "auto"}, {"quality": "standard"}),
        ("dall-e-3", {"style": "natural"}, {"style": "natural"}),
        ("gpt-image-1", {"quality": "hd"}, {"quality": "high"}),
        ("gpt-image-1", {"quality": "auto"}, {"quality": "medium"}),
        ("gpt-image-1", {"style": "natural"}, {"style": "natural"}),
        ("gpt-image-1-mini", {"style": "natural"}, {}),
        ("gpt-image-1", {"background": "transparent"}, {"background": "transparent"}),
        ("gpt-image-1", {"background": "auto"}, {"background": "opaque"}),
        ("gpt-image-2", {"background": "auto"}, {"background": "auto"}),
        (
            "gpt-image-1",
            {"output_format": "webp", "output_compression": 0},
            {"output_format": "webp", "output_compression": 0},
        ),
        ("black-forest-labs/flux-dev", {"output_format": "jpeg"}, {"output_format": "jpg"}),
        (
            "stable-image",
            {"output_format": "webp"},
            {"stable_image_core_output_format": "webp"},
        ),
        ("magic-art", {"mode": "relax"}, {"mode": "relax"}),
        ("dall-e-3", {"mode": "relax"}, {}),
        # What not to draw
        ("midjourney", {"negative": "dogs"}, {"negativePrompt": "dogs", "no": "dogs"}),
        ("stable-image", {"negative": "dogs"}, {"negativePrompt": "dogs"}),
        ("recraft", {"negative": "dogs"}, {"negative_prompt": "dogs"}),
        (LEONARDO, {"negative": "dogs"}, {"negativePrompt": "dogs"}),
    ],
)
def test_what_is_asked_reaches_the_model_in_its_words(
    model: str, asked: dict[str, Any], told: dict[str, Any]
) -> None:
    assert built(model, **asked) == built(model) | told


@pytest.mark.parametrize(
    ("model", "asked", "prompt"),
    [
        ("dall-e-3", {"negative": "dogs"}, "a cat\n\nNot in the picture: dogs"),
        ("gemini-2.5-flash-image", {"aspect": (16, 9)}, "a cat\n\nAspect ratio: 16:9"),
        ("gemini-3-pro-image-preview", {"size": (2048, 1024)}, "a cat\n\nAspect ratio: 2:1"),
        (
            "grok-2-image-1212",
            {"aspect": (3, 2), "negative": "dogs"},
            "a cat\n\nAspect ratio: 3:2\n\nNot in the picture: dogs",
        ),
    ],
)
def test_what_a_model_has_no_field_for_is_said_in_the_prompt(
    model: str, asked: dict[str, Any], prompt: str
) -> None:
    feature = images.build(Picture(prompt="a cat", model=model, **asked))
    assert feature.prompt["prompt"] == prompt


@pytest.mark.parametrize(
    ("model", "asked", "param", "complaint"),
    [
        ("dall-e-3", {"n": 2}, "n", "The model 'dall-e-3' makes at most 1 at a time."),
        ("midjourney", {"n": 5}, "n", "The model 'midjourney' makes at most 4 at a time."),
        (
            "dall-e-3",
            {"quality": "best"},
            "quality",
            "The model 'dall-e-3' knows no quality 'best'; "
            "it knows standard, hd, low, medium, auto, high.",
        ),
        (
            "gpt-image-2",
            {"background": "transparent"},
            "background",
            "The model 'gpt-image-2' knows no background 'transparent'; it knows auto, opaque.",
        ),
        ("dzine", {}, "style", "The model 'dzine' needs a style."),
    ],
)
def test_what_a_model_does_not_do_is_refused(
    model: str, asked: dict[str, Any], param: str, complaint: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        built(model, **asked)
    assert (refused.value.message, refused.value.param) == (complaint, param)


def test_dzine_draws_in_a_style_of_its_own() -> None:
    assert built("dzine", style="Style-7", size=(512, 768)) == {
        "n": 1,
        "quality": "STANDARD",
        "output_format": "webp",
        "style_base_model": "S",
        "style_code": "Style-7",
        "size": "512x768",
    }


SIDES = st.integers(1, 10_000)


@given(size=st.none() | st.tuples(SIDES, SIDES), aspect=st.none() | st.tuples(SIDES, SIDES))
def test_the_newest_gpt_image_is_never_asked_for_a_size_it_refuses(
    size: Sides | None, aspect: Sides | None
) -> None:
    width, height = map(int, built("gpt-image-2", size=size, aspect=aspect)["size"].split("x"))
    assert width % 16 == height % 16 == 0
    assert 655_360 <= width * height <= 8_294_400
    assert max(width, height) <= min(3840, 3 * min(width, height))


def reply(result: Any) -> dict[str, Any]:
    return {"aiRecord": {"status": "SUCCESS", "aiRecordDetail": {"resultObject": result}}}


@pytest.mark.parametrize(
    ("result", "urls"),
    [
        (["images/a.png"], ["https://asset.1min.ai/images/a.png"]),
        (
            ["images/a.png", "images/b c(1).png"],
            [
                "https://asset.1min.ai/images/a.png",
                "https://asset.1min.ai/images/b%20c%281%29.png",
            ],
        ),
        ("images/a.png", ["https://asset.1min.ai/images/a.png"]),
        (["https://cdn.example/a.png?x=1&y=2"], ["https://cdn.example/a.png?x=1&y=2"]),
        (["http://cdn.example/a (1).png"], ["http://cdn.example/a%20%281%29.png"]),
        (["/images/a.png", None, "", {"x": 1}], ["https://asset.1min.ai/images/a.png"]),
        (["images/\ud83d.png"], ["https://asset.1min.ai/images/%3F.png"]),
    ],
)
def test_the_pictures_are_found_wherever_they_are(result: Any, urls: list[str]) -> None:
    assert images.read(reply(result), URLS) == urls
    old = {"aiRecord": {"resultObject": result}}
    assert images.read(old, URLS) == urls


@pytest.mark.parametrize("result", [None, [], [""], {}, 7, [None]])
def test_no_picture_is_a_failure(result: Any) -> None:
    with pytest.raises(UpstreamFailed, match=r"^1min\.ai made no picture$"):
        images.read(reply(result), URLS)


def test_a_refusal_is_raised_as_what_it_means() -> None:
    with pytest.raises(InvalidRequest, match=r"^No\.$"):
        images.read({"errorCode": "INVALID_REQUEST", "message": "No."}, URLS)


def test_whatever_is_built_is_json() -> None:
    picture = Picture(prompt="\u00e9\0", model="gpt-image-1", size=(1024, 1536))
    told = json.loads(images.build(picture).body())["promptObject"]
    assert told == {"prompt": "\u00e9\0", "n": 1, "size": "1024x1536", "quality": "medium"}
