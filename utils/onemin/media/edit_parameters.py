"""What each image model takes to edit a picture (onemin-api.md 9.2, 9.3), as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from utils.onemin.media.picture_parameters import (
    FLUX_RATIOS,
    FORMATS,
    GEMINI_SIDES,
    Choice,
    Parameters,
    first_like,
    generator,
    same,
)
from utils.onemin.media.picture_sizes import Ratios, Steps


def editor(way: str, model: str) -> Parameters:
    """Also for models of which nobody knows what they take beside the picture."""
    return first_like(model, _WAYS.get(way, _ANY))


# Beside the picture that is edited, some see others.
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "gemini-*": ("referenceImage1", "referenceImage2"),
}


def references(model: str) -> tuple[str, ...]:
    """The fields for further pictures."""
    return next((row for like, row in _REFERENCES.items() if fnmatchcase(model, like)), ())


_ANY = {"*": Parameters()}
_FORMAT = Parameters(choices={"output_format": Choice("output_format", FORMATS)})
_GPT_IMAGE = generator("gpt-image-1-mini")
_GPT_IMAGE_EDITOR = replace(
    _GPT_IMAGE,
    choices={
        **_GPT_IMAGE.choices,
        "background": Choice("background", same("auto", "opaque", "transparent")),
    },
)
_WITHOUT_BACKGROUND = replace(
    _GPT_IMAGE,
    choices={name: row for name, row in _GPT_IMAGE.choices.items() if name != "background"},
)
_FLUX = Parameters(
    sizing=(Ratios("aspect_ratio", FLUX_RATIOS),),
    choices=_FORMAT.choices,
)

_EDITORS: Mapping[str, Parameters] = {
    "gpt-image-2*": generator("gpt-image-2"),
    "gpt-image-*": _GPT_IMAGE_EDITOR,
    "gemini-2.5-*": Parameters(shape_in_words=True),
    "gemini-3.1-*": Parameters(
        usual={"imageSize": "1K"},
        sizing=(Steps("imageSize", {"512": 512, **GEMINI_SIDES}),),
        shape_in_words=True,
    ),
    "gemini-*": Parameters(
        usual={"imageSize": "1K"},
        sizing=(Steps("imageSize", GEMINI_SIDES),),
        shape_in_words=True,
    ),
    "*flux-kontext-*": _FLUX,
    "stable-diffusion-xl-*": Parameters(
        usual={
            "samples": 1,
            "isMasked": False,
            "cfg_scale": 7,
            "clip_guidance_preset": "NONE",
            "image_strength": 0.35,
            "seed": 0,
            "step_schedule_start": 0.65,
            "steps": 30,
        },
        number="samples",
        most=10,
    ),
    "*": Parameters(),
}
_WAYS: Mapping[str, Mapping[str, Parameters]] = {
    "edit": _EDITORS,
    "inpaint": {
        "gpt-image-*": _WITHOUT_BACKGROUND,
        "stable-image": _FORMAT,
        "*": Parameters(),
    },
    "upscale": {"stable-image": _FORMAT, "*": Parameters()},
    "extend": {"stable-image": _FORMAT, "*": Parameters()},
    "remove-object": {"stable-image": _FORMAT, "*": Parameters()},
    "replace-background": {
        # One at a time, and in no other format.
        "gpt-image-*": replace(
            _GPT_IMAGE_EDITOR,
            usual={"size": "1024x1024", "quality": "medium"},
            number="",
            most=1,
            choices={
                name: row
                for name, row in _GPT_IMAGE_EDITOR.choices.items()
                if name != "output_format"
            },
            passed={},
        ),
        "*": Parameters(),
    },
}
