"""What each image model takes (onemin-api.md 9.1, 9.3), as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from utils.domain.media import Sides
from utils.onemin.media.picture_sizes import (
    AsAsked,
    Blocks,
    Parts,
    Ratios,
    Sizes,
    Sizing,
    Steps,
)

Words = Mapping[str, str]  # a client's word for something, and the model's


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that holds one of a few words."""

    name: str
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """`usual` always goes, with what was asked in its place. `number` is the field that says
    how many, `most` of which are made at a time. `choices` and `passed` say by the name of a
    Picture's field which ones take it, `needs` which of them must not be empty.
    """

    usual: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    most: int = 1
    sizing: tuple[Sizing, ...] = ()
    shape_in_words: bool = False  # nothing but the prompt can tell it
    choices: Mapping[str, Choice] = field(default_factory=dict)
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def generator(model: str) -> Parameters:
    return first_like(model, _GENERATORS)


def variator(model: str) -> Parameters:
    return first_like(model, _VARIATORS)


def is_varied(model: str) -> bool:
    """Whether it is known to make pictures like others."""
    return variator(model) is not _VARIATORS["*"]


def first_like(model: str, table: Mapping[str, Parameters]) -> Parameters:
    """The first row that a model's name fits."""
    return next(row for like, row in table.items() if fnmatchcase(model, like))


def same(*words: str) -> Words:
    return {word: word for word in words}


_SQUARE: Sides = (1024, 1024)
_MAGIC = ("magic-art*", "midjourney*")
_LEONARDO = "????????-????-????-????-????????????"

FORMATS = same("png", "jpeg", "webp")
_VIVID = Choice("style", same("vivid", "natural"))
_QUALITIES = {
    **same("low", "medium", "high"),
    "standard": "medium",
    "hd": "high",
    "auto": "medium",
}
_DALLE_3_QUALITIES = {
    **same("standard", "hd"),
    **dict.fromkeys(("low", "medium", "auto"), "standard"),
    "high": "hd",
}
FLUX_RATIOS: tuple[Sides, ...] = ((1, 1), (16, 9), (9, 16), (3, 2), (2, 3), (4, 5), (5, 4))
_STABLE_RATIOS = (*FLUX_RATIOS, (21, 9), (9, 21))
_GEMINI_RATIOS: tuple[Sides, ...] = (
    *((1, 1), (1, 4), (1, 8), (2, 3), (3, 2), (3, 4), (4, 1), (4, 3)),
    *((4, 5), (5, 4), (8, 1), (9, 16), (16, 9), (21, 9)),
)
GEMINI_SIDES = {"1K": 1024, "2K": 2048, "4K": 4096}
_SDXL: tuple[Sides, ...] = (
    *(_SQUARE, (1152, 896), (1216, 832), (1344, 768), (1536, 640)),
    *((640, 1536), (768, 1344), (832, 1216), (896, 1152)),
)
# Recraft's newest version; which sizes its older ones draw is not documented.
_RECRAFT_4: tuple[Sides, ...] = (
    *(_SQUARE, (1536, 768), (768, 1536), (1280, 832), (832, 1280)),
    *((1216, 896), (896, 1216), (1152, 896), (896, 1152), (832, 1344)),
    *((1280, 896), (896, 1280), (1344, 768), (768, 1344)),
)


def _gpt_image(sizing: Sizing, backgrounds: Words, **choices: Choice) -> Parameters:
    # Size and quality are documented as optional, and asked for (onemin-api.md 14.12).
    return Parameters(
        usual={"n": 1, "size": "1024x1024", "quality": "medium"},
        number="n",
        most=10,
        sizing=(sizing,),
        choices={
            "quality": Choice("quality", _QUALITIES),
            "background": Choice("background", backgrounds),
            "output_format": Choice("output_format", FORMATS),
            **choices,
        },
        passed={"output_compression": ("output_compression",)},
    )


_GPT_IMAGE_1_SIZES = Sizes((_SQUARE, (1024, 1536), (1536, 1024)))
_GPT_IMAGE_2_SIZES = Blocks(
    block=16, least=655_360, most=8_294_400, longest=3840, widest=3, usual=_SQUARE
)
# Four at a time, whatever is asked.
_MAGIC_ART = Parameters(
    usual={
        "mode": "fast",
        "n": 4,
        "isNiji6": False,
        "maintainModeration": True,
        "aspect_width": 1,
        "aspect_height": 1,
    },
    most=4,
    sizing=(Parts(7),),
    choices={"mode": Choice("mode", same("fast", "relax"))},
    passed={"negative": ("negativePrompt", "no")},
)


def _flux(formats: Words, number: str = "") -> Parameters:
    return Parameters(
        number=number,
        most=4 if number else 1,
        sizing=(Ratios("aspect_ratio", FLUX_RATIOS),),
        choices={"output_format": Choice("output_format", formats)},
    )


_AS_ASKED = AsAsked()
# A style of Dzine's own, which it cannot do without.
_DZINE = {"style_base_model": "S"}
_DZINE_STYLE = {"style": ("style_code",)}

_FLUX_FORMATS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_FLUX_2_FORMATS = {"png": "png", "jpeg": "jpg"}

_GENERATORS: Mapping[str, Parameters] = {
    "gpt-image-2*": _gpt_image(_GPT_IMAGE_2_SIZES, same("auto", "opaque")),
    "gpt-image-1": _gpt_image(
        _GPT_IMAGE_1_SIZES, {**same("opaque", "transparent"), "auto": "opaque"}, style=_VIVID
    ),
    "gpt-image-*": _gpt_image(
        _GPT_IMAGE_1_SIZES, {**same("opaque", "transparent"), "auto": "opaque"}
    ),
    "dall-e-3": Parameters(
        usual={"n": 1, "size": "1024x1024", "quality": "standard", "style": "vivid"},
        sizing=(Sizes((_SQUARE, (1024, 1792), (1792, 1024))),),
        choices={"quality": Choice("quality", _DALLE_3_QUALITIES), "style": _VIVID},
    ),
    "dall-e-2": Parameters(
        usual={"n": 1, "size": "1024x1024"},
        number="n",
        most=10,
        sizing=(Sizes((_SQUARE, (512, 512), (256, 256))),),
    ),
    **dict.fromkeys(_MAGIC, _MAGIC_ART),
    "*flux-2-dev": _flux(_FLUX_FORMATS),
    "*flux-2-*": _flux(_FLUX_2_FORMATS),
    "*flux-1.1-*": _flux(_FLUX_FORMATS),
    "*flux-pro*": _flux(_FLUX_FORMATS),
    "*flux-*": _flux(_FLUX_FORMATS, number="num_outputs"),
    _LEONARDO: Parameters(
        usual={"n": 1, "size": "1024x1024"},
        number="n",
        most=4,
        sizing=(Sizes((_SQUARE, (512, 512), (1024, 768), (768, 1024))),),
        passed={"negative": ("negativePrompt",)},
    ),
    "gemini-2.5-*": Parameters(shape_in_words=True),
    "gemini-3.1-*": Parameters(
        usual={"imageSize": "1K"},
        sizing=(
            Steps("imageSize", {"512": 512, **GEMINI_SIDES}),
            Ratios("aspectRatio", _GEMINI_RATIOS),
        ),
    ),
    "gemini-*": Parameters(
        usual={"imageSize": "1K"},
        sizing=(Steps("imageSize", GEMINI_SIDES),),
        shape_in_words=True,
    ),
    "grok-2-image*": Parameters(number="n", most=10, shape_in_words=True),
    "recraft": Parameters(
        usual={"n": 1, "size": "1024x1024"},
        number="n",
        most=4,
        sizing=(Sizes(_RECRAFT_4, others={"task_type": "recraftv4"}),),
        passed={"negative": ("negative_prompt",)},
    ),
    "stable-diffusion-xl-*": Parameters(
        usual={
            "samples": 1,
            "size": "1024x1024",
            "cfg_scale": 7,
            "clip_guidance_preset": "NONE",
            "seed": 0,
            "steps": 30,
        },
        number="samples",
        most=10,
        sizing=(Sizes(_SDXL),),
    ),
    "stable-image-ultra": Parameters(  # its page was not seen
        sizing=(Ratios("aspect_ratio", _STABLE_RATIOS),),
        choices={"output_format": Choice("output_format", FORMATS)},
        passed={"negative": ("negativePrompt",)},
    ),
    "stable-image*": Parameters(
        sizing=(Ratios("stable_image_core_aspect_ratio", _STABLE_RATIOS),),
        choices={"output_format": Choice("stable_image_core_output_format", FORMATS)},
        passed={"negative": ("negativePrompt",)},
    ),
    "qwen-image*": Parameters(
        number="n", most=4, sizing=(Ratios("aspect_ratio", FLUX_RATIOS),)
    ),
    "dzine": Parameters(
        usual={"n": 1, "quality": "STANDARD", "output_format": "webp", **_DZINE},
        number="n",
        most=4,
        sizing=(_AS_ASKED,),
        choices={"output_format": Choice("output_format", same("webp", "jpeg"))},
        passed=_DZINE_STYLE,
        needs=("style",),
    ),
    "*": Parameters(number="n", most=10, sizing=(_AS_ASKED,)),
}

_VARIATORS: Mapping[str, Parameters] = {
    "dall-e-2": _GENERATORS["dall-e-2"],
    **dict.fromkeys(_MAGIC, _MAGIC_ART),
    "recraft": Parameters(
        usual={"n": 1, "size": "1024x1024"},
        number="n",
        most=4,
        choices={"output_format": Choice("image_format", same("png", "webp"))},
    ),
    "*flux-redux-*": _flux(_FLUX_FORMATS, number="num_outputs"),
    "dzine": Parameters(
        usual={"n": 1, "quality": "STANDARD", **_DZINE},
        number="n",
        most=4,
        choices={"output_format": Choice("output_format", same("webp", "jpeg"))},
        passed={**_DZINE_STYLE, "prompt": ("prompt",)},
        needs=("style", "prompt"),
    ),
    "*": Parameters(number="n", most=10),
}
