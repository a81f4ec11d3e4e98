"""What a provider refuses once 1min.ai has passed a call on (onemin-api.md 9, 10, 14.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from simulator.features.requirements import LEONARDO
from simulator.turn import Turn

T = TypeVar("T")

SDXL = (
    *("1024x1024", "1152x896", "1216x832", "1344x768", "1536x640", "640x1536"),
    *("768x1344", "832x1216", "896x1152"),
)
WIDE_OR_TALL = ("1024x1024", "1024x1536", "1536x1024")
OPENAI_SPEECH: Mapping[str, tuple[str, ...]] = {
    "voice": ("alloy", "echo", "fable", "onyx", "nova", "shimmer"),
    "response_format": ("mp3", "opus", "aac", "flac", "wav", "pcm"),
}
WHISPER: Mapping[str, tuple[str, ...]] = {
    "response_format": ("json", "text", "srt", "verbose_json", "vtt"),
}
MAGIC: Mapping[str, tuple[str, ...]] = {"mode": ("fast", "relax")}
WIDE_OR_TALL_VIDEO = ("720x1280", "1280x720")
ALLOWED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dall-e-3": {
        "size": ("1024x1024", "1024x1792", "1792x1024"),
        "quality": ("standard", "hd"),
        "style": ("vivid", "natural"),
    },
    "dall-e-2": {"size": ("1024x1024", "512x512", "256x256")},
    "gpt-image-*": {
        "size": WIDE_OR_TALL,
        "quality": ("low", "medium", "high"),
        "output_format": ("png", "jpeg", "webp"),
        "background": ("opaque", "transparent", "auto"),
    },
    "midjourney*": MAGIC,
    "magic-art*": MAGIC,
    LEONARDO: {"size": ("512x512", "1024x768", "768x1024", "1024x1024")},
    "gemini-3-pro-image-preview": {"imageSize": ("1K", "2K", "4K")},
    "stable-diffusion-xl-*": {"size": SDXL},
    "sora-2": {"size": WIDE_OR_TALL_VIDEO},
    "sora-2-pro": {"size": (*WIDE_OR_TALL_VIDEO, "1024x1792", "1792x1024")},
    "kling": {"mode": ("std", "pro"), "aspect_ratio": ("16:9", "9:16", "1:1")},
    "veo3-video": {
        "task_type": (
            *("veo3-video", "veo3-video-fast"),
            *("veo3.1-video", "veo3.1-video-fast"),
        ),
        "aspect_ratio": ("16:9", "9:16"),
        "veo3_duration": ("8s",),
        "resolution": ("720p", "1080p"),
    },
    "tts-1": OPENAI_SPEECH,
    "tts-1-hd": OPENAI_SPEECH,
    "whisper-1": WHISPER,
}
LONGEST: Mapping[str, int] = {"tts-1": 4096, "tts-1-hd": 4096, "qwen3-tts-flash": 600}
RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "dall-e-3": {"n": (1, 1)},
    LEONARDO: {"n": (1, 4)},
    "recraft": {"n": (1, 4)},
    "midjourney*": {"aspect_width": (1, 7), "aspect_height": (1, 7)},
    "magic-art*": {"aspect_width": (1, 7), "aspect_height": (1, 7)},
    "tts-1*": {"speed": (0.25, 4)},
    "whisper-1": {"temperature": (0, 1)},
}
COUNTS = {
    **dict.fromkeys(("n", "samples", "num_outputs"), (1.0, 10.0)),
    **dict.fromkeys(("left", "right", "up", "down"), (0.0, 2000.0)),
    "output_compression": (0.0, 100.0),
}


def complaint(turn: Turn) -> tuple[str, str] | None:
    """The first field at fault, and the provider's words."""
    return next(_complaints(turn.model.id, turn.prompt_object), None)


def _complaints(model: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = {name: value for name, value in given.items() if value is not None}
    for name, allowed in _like(model, ALLOWED).items():
        if name in told and told[name] not in allowed:
            values = ", ".join(f"'{value}'" for value in allowed)
            yield name, f"Invalid value: '{told[name]}'. Supported values are: {values}."
    for name, (least, most) in {**COUNTS, **_like(model, RANGES)}.items():
        if name in told and not _within(told[name], least, most):
            yield name, f"Invalid '{name}': expected a number from {least:g} to {most:g}."
    text, longest = given.get("text"), LONGEST.get(model)
    if longest and isinstance(text, str) and len(text) > longest:
        yield "text", f"Invalid 'text': string too long, at most {longest} characters."


def _like(model: str, table: Mapping[str, Mapping[str, T]]) -> Mapping[str, T]:
    return next((row for like, row in table.items() if fnmatchcase(model, like)), {})


def _within(value: object, least: float, most: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and least <= float(str(value)) <= most
