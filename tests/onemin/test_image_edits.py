from __future__ import annotations

from typing import Any

import pytest

from utils.domain.chat import Attachment, Inline
from utils.domain.drawings import EDITS, Edges, Edit
from utils.domain.media import Picture
from utils.errors import InvalidRequest
from utils.onemin import models
from utils.onemin.media import edits, images
from utils.onemin.media.picture_parameters import generator

MASK = Attachment("image", Inline(data=b"mask"), "mask")
GPT = {"n": 1, "size": "1024x1024", "quality": "medium"}
SDXL = {
    "samples": 1,
    "isMasked": False,
    "cfg_scale": 7,
    "clip_guidance_preset": "NONE",
    "image_strength": 0.35,
    "seed": 0,
    "step_schedule_start": 0.65,
    "steps": 30,
}


def asked(model: str, way: str = "edit", images: int = 1, **fields: Any) -> Edit:
    own = {name: fields.pop(name) for name in ("mask", "search", "edges") if name in fields}
    return Edit(
        picture=Picture(**{"prompt": "a hat", "model": model, **fields}),
        images=[Attachment("image", Inline(data=b""), f"image {n}") for n in range(images)],
        way=way,
        **own,
    )


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (asked("gpt-image-1"), {"prompt": "a hat", **GPT}),
        (asked("gpt-image-1-mini", n=3), {"prompt": "a hat", **GPT, "n": 3}),
        (
            asked("gpt-image-1", background="transparent", output_format="webp"),
            {"prompt": "a hat", **GPT, "background": "transparent", "output_format": "webp"},
        ),
        (
            asked("gpt-image-2", size=(1360, 768)),
            {"prompt": "a hat", **GPT, "size": "1360x768"},
        ),
        (asked("gemini-2.5-flash-image"), {"prompt": "a hat"}),
        (
            asked("gemini-3-pro-image-preview", size=(2048, 2048)),
            {"prompt": "a hat", "imageSize": "2K"},
        ),
        (
            asked("gemini-3.1-flash-image-preview", size=(512, 256)),
            {"prompt": "a hat\n\nAspect ratio: 2:1", "imageSize": "512"},
        ),
        (
            asked("black-forest-labs/flux-kontext-pro", aspect=(16, 9), output_format="jpeg"),
            {"prompt": "a hat", "aspect_ratio": "16:9", "output_format": "jpeg"},
        ),
        (asked("stable-diffusion-xl-1024-v1-0"), {"prompt": "a hat", **SDXL}),
        (asked("qwen-image-edit-plus"), {"prompt": "a hat"}),
        (asked("a-model-of-tomorrow"), {"prompt": "a hat"}),
        (asked("gpt-image-1", "inpaint", mask=MASK), {"prompt": "a hat", **GPT}),
        (
            asked("stable-image", "inpaint", mask=MASK, output_format="png"),
            {"prompt": "a hat", "output_format": "png"},
        ),
        (
            asked("stable-image", "upscale", prompt="", output_format="webp"),
            {"output_format": "webp"},
        ),
        (
            asked("stable-image", "extend", prompt="", edges=Edges(left=9)),
            {"left": 9, "right": 0, "up": 0, "down": 0},
        ),
        (asked("stable-image", "remove-background", prompt=""), {}),
        (asked("clipdrop", "replace-background"), {"prompt": "a hat"}),
        (
            asked("gpt-image-1-mini", "replace-background", quality="low"),
            {"prompt": "a hat", "size": "1024x1024", "quality": "low"},
        ),
        (
            asked("stable-image", "search-and-replace", search="a cap"),
            {"prompt": "a hat", "search_prompt": "a cap"},
        ),
        (asked("clipdrop", "remove-text", prompt=""), {}),
        (asked("recraft", "remove-object", prompt="", mask=MASK), {}),
    ],
)
def test_each_editor_is_told_what_it_takes(edit: Edit, told: dict[str, Any]) -> None:
    [prompt] = edits.prompts(edit)
    assert prompt == told
    feature = edits.build(edit, {"imageUrl": "images/a.png", **prompt})
    assert (feature.type, feature.model) == (models.EDITS[edit.way], edit.picture.model)


@pytest.mark.parametrize(
    ("edit", "param"),
    [
        (asked("gpt-image-1", prompt=" "), "prompt"),
        (asked("gpt-image-1", "inpaint"), "mask"),
        (asked("gpt-image-1", mask=MASK), "mask"),
        (asked("stable-image", "upscale", mask=MASK), "mask"),
        (asked("stable-image", "search-and-replace"), "search_prompt"),
        (asked("stable-image", "extend"), "left"),
        (asked("recraft", "remove-object"), "mask"),
        (asked("gpt-image-1", images=2), "image 1"),
        (asked("gemini-2.5-flash-image", images=4), "image 3"),
        (asked("stable-image", "upscale", images=2), "image 1"),
        (asked("gpt-image-1", quality="best"), "quality"),
        (asked("stable-image", "remove-background", background="transparent"), "background"),
    ],
)
def test_what_an_editor_does_not_do_is_refused_by_name(edit: Edit, param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        edits.prompts(edit)
    assert raised.value.param == param


def test_some_see_other_pictures_beside_the_one() -> None:
    names = ["imageUrl", "referenceImage1", "referenceImage2"]
    assert edits.places(asked("gemini-2.5-flash-image")) == names
    assert edits.places(asked("gpt-image-1")) == ["imageUrl"]


@pytest.mark.parametrize(
    ("edit", "ignored"),
    [
        (asked("gpt-image-1", quality="low", size=(1, 1)), []),
        (asked("gpt-image-1", style="vivid", mode="fast"), ["style", "mode"]),
        (asked("qwen-image-edit-plus", quality="low", size=(1, 1)), ["quality", "size"]),
        (
            asked("stable-image", "upscale", output_compression=9),
            ["output_compression", "prompt"],
        ),
        (
            asked("stable-image", "remove-background", n=1, output_format="png"),
            ["output_format", "prompt"],
        ),
    ],
)
def test_what_means_nothing_to_an_editor_is_named(edit: Edit, ignored: list[str]) -> None:
    assert edits.ignored(edit) == ignored


@pytest.mark.parametrize(
    ("model", "n", "calls"),
    [
        ("dall-e-3", 3, [1, 1, 1]),
        ("dall-e-2", 10, [10]),
        ("recraft", 10, [4, 4, 2]),
        ("midjourney", 4, [4]),
        ("midjourney", 5, [4, 1]),
    ],
)
def test_more_than_a_model_makes_at_a_time_is_several_calls(
    model: str, n: int, calls: list[int]
) -> None:
    picture = Picture(prompt="a cat", model=model, n=n)
    parts = images.shared_out(picture, generator(model))
    assert [part.n for part in parts] == calls


def test_an_edit_of_several_is_several_calls() -> None:
    told = edits.prompts(asked("qwen-image-edit-plus", n=3))
    assert told == [{"prompt": "a hat"}] * 3


def test_every_way_is_one_of_1min_ais_features() -> None:
    assert EDITS.keys() == models.EDITS.keys()


def test_the_catalog_says_who_edits_and_how() -> None:
    known = {model.id: model for model in models.snapshot()}
    assert known["gpt-image-1"].edits == ("edit", "inpaint", "replace-background")
    assert known["clipdrop"].edits == (
        *("extend", "remove-background", "replace-background", "remove-text"),
    )
    assert known["black-forest-labs/flux-kontext-pro"].edits == ("edit",)
    assert known["gpt-4o-mini"].edits == ()
