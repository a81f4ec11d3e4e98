"""What each video model takes (onemin-api.md 11), as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from utils.onemin.files.assets import Asset

TEXT, IMAGE = "TEXT_TO_VIDEO", "IMAGE_TO_VIDEO"

Told = Mapping[str, Any]  # fields of promptObject


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture goes, and which feature takes it."""

    feature: str
    told: Callable[[Asset, str], Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """`seconds` and `sizes` are what a client may ask for, and what the model is told then; the
    first of each is asked for where the client does not. Where there are none, nobody knows
    how that model is told. `usual` is told always. Without `image` the model sees no picture.
    """

    usual: Told = field(default_factory=dict)
    seconds: Mapping[str, Told] = field(default_factory=dict)
    sizes: Mapping[str, Told] = field(default_factory=dict)
    image: Place | None = None


def parameters(model: str) -> Parameters:
    """Also for models of which nobody knows more than that they take a prompt."""
    return next((row for like, row in _MODELS.items() if fnmatchcase(model, like)), _ANY)


def _same(name: str, *values: str) -> Mapping[str, Told]:
    return {value: {name: value} for value in values}


def _numbers(name: str, *values: int) -> Mapping[str, Told]:
    return {str(value): {name: value} for value in values}


def _sora_reference(asset: Asset, media_type: str) -> Told:
    return {
        "reference_image_path": asset.path,
        "reference_image_name": asset.path.rpartition("/")[2],
        "reference_image_type": media_type,
    }


_ANY = Parameters()
_SORA = Parameters(
    seconds=_numbers("seconds", 4, 8, 12),
    sizes=_same("size", "720x1280", "1280x720"),
    image=Place(TEXT, _sora_reference),
)
_IMAGE_URL = Place(IMAGE, lambda asset, media_type: {"imageUrl": asset.path})
_MODELS: Mapping[str, Parameters] = {
    "sora-2-pro": Parameters(
        seconds=_SORA.seconds,
        sizes=_same("size", "720x1280", "1280x720", "1024x1792", "1792x1024"),
        image=_SORA.image,
    ),
    "sora-2": _SORA,
    "kling": Parameters(
        usual={"mode": "std"},
        seconds=_numbers("duration", 5, 10),
        sizes={
            "1280x720": {"aspect_ratio": "16:9"},
            "720x1280": {"aspect_ratio": "9:16"},
            "1024x1024": {"aspect_ratio": "1:1"},
        },
        image=_IMAGE_URL,
    ),
    "veo3*": Parameters(
        usual={"task_type": "veo3-video"},
        seconds={"8": {"veo3_duration": "8s"}},
        sizes={
            "1280x720": {"aspect_ratio": "16:9", "resolution": "720p"},
            "720x1280": {"aspect_ratio": "9:16", "resolution": "720p"},
            "1920x1080": {"aspect_ratio": "16:9", "resolution": "1080p"},
            "1080x1920": {"aspect_ratio": "9:16", "resolution": "1080p"},
        },
        image=Place(TEXT, lambda asset, media_type: {"reference_image_urls": [asset.path]}),
    ),
    "luma": Parameters(seconds=_numbers("length", 5), image=_IMAGE_URL),
}
