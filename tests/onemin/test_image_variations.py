from __future__ import annotations

from typing import Any

import pytest

from utils.domain.media import Picture, Variation
from utils.errors import InvalidRequest
from utils.onemin import models
from utils.onemin.media import images

MAGIC = {
    "mode": "fast",
    "n": 4,
    "isNiji6": False,
    "maintainModeration": True,
    "aspect_width": 1,
    "aspect_height": 1,
}


def varied(model: str, **fields: Any) -> dict[str, Any]:
    picture = Picture(**{"prompt": "", **fields}, model=model)
    feature = images.variate(Variation("images/a.png", picture))
    assert (feature.type, feature.model) == ("IMAGE_VARIATOR", model)
    assert feature.prompt.pop("imageUrl") == "images/a.png"
    return feature.prompt


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("dall-e-2", {}, {"n": 1, "size": "1024x1024"}),
        ("dall-e-2", {"n": 2, "size": (256, 256)}, {"n": 2, "size": "256x256"}),
        ("midjourney_6_1", {}, MAGIC),
        (
            "magic-art",
            {"mode": "relax", "aspect": (3, 2), "negative": "dogs"},
            {
                **MAGIC,
                "mode": "relax",
                "aspect_width": 3,
                "aspect_height": 2,
                "negativePrompt": "dogs",
                "no": "dogs",
            },
        ),
        ("recraft", {}, {"n": 1, "size": "1024x1024"}),
        (
            "recraft",
            {"output_format": "webp"},
            {"n": 1, "size": "1024x1024", "image_format": "webp"},
        ),
        ("black-forest-labs/flux-redux-dev", {}, {}),
        (
            "black-forest-labs/flux-redux-schnell",
            {"n": 3, "aspect": (16, 9)},
            {"num_outputs": 3, "aspect_ratio": "16:9"},
        ),
        (
            "dzine",
            {"prompt": "a cat", "style": "Style-7"},
            {
                "n": 1,
                "quality": "STANDARD",
                "style_base_model": "S",
                "style_code": "Style-7",
                "prompt": "a cat",
            },
        ),
        ("clipdrop", {"prompt": "bluer"}, {}),
    ],
)
def test_a_variation_is_asked_for_in_the_models_words(
    model: str, asked: dict[str, Any], told: dict[str, Any]
) -> None:
    assert varied(model, **asked) == told


def test_every_variator_of_the_snapshot_but_one_needs_no_more_than_an_image() -> None:
    variators = {model.id for model in models.snapshot() if model.variation}
    assert len(variators) > 8
    for model in variators - {"dzine"}:
        varied(model)
    with pytest.raises(InvalidRequest, match="needs a style"):
        varied("dzine")
