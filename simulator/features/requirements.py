"""The fields that 1min.ai wants in each model's promptObject (onemin-api.md 9 to 11)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from simulator.checks import Faults, fault

LEONARDO = "????????-????-????-????-????????????"

# Per feature, the first pattern that fits the model says which fields must be there.
REQUIRED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "IMAGE_GENERATOR": {
        "dall-e-3": ("prompt", "size", "quality"),  # documented as optional (quirk 12)
        "gpt-image-1": ("prompt", "size", "quality"),
        "midjourney*": ("prompt", "mode", "aspect_width", "aspect_height"),
        "magic-art*": ("prompt", "mode", "aspect_width", "aspect_height"),
        "gemini-3*": ("prompt", "imageSize"),
        LEONARDO: ("prompt", "size", "n"),
        "*": ("prompt",),
    },
    "IMAGE_VARIATOR": {
        "dall-e-2": ("imageUrl", "n", "size"),
        "recraft": ("imageUrl", "size"),
        "dzine": ("prompt", "imageUrl", "style_code", "style_base_model", "quality", "n"),
        "*": ("imageUrl",),
    },
    "IMAGE_EDITOR": {
        "gpt-image-*": ("imageUrl", "prompt", "size", "n"),
        "gemini-3*": ("imageUrl", "prompt", "imageSize"),
        "stable-diffusion-*": (
            *("imageUrl", "prompt", "samples", "isMasked", "cfg_scale", "steps", "seed"),
            *("clip_guidance_preset", "image_strength", "step_schedule_start"),
        ),
        "*": ("imageUrl", "prompt"),
    },
    "IMAGE_INPAINTER": {
        "gpt-image-*": ("imageUrl", "maskUrl", "prompt", "size", "n"),
        "*": ("imageUrl", "maskUrl", "prompt"),
    },
    "IMAGE_UPSCALER": {"*": ("imageUrl",)},
    "IMAGE_EXTENDER": {"*": ("imageUrl",)},
    "BACKGROUND_REMOVER": {"*": ("imageUrl",)},
    "BACKGROUND_REPLACER": {
        "gpt-image-*": ("imageUrl", "prompt", "size"),
        "*": ("imageUrl", "prompt"),
    },
    "SEARCH_AND_REPLACE": {"*": ("imageUrl", "search_prompt", "prompt")},
    "TEXT_REMOVER": {"*": ("imageUrl",)},
    "IMAGE_OBJECT_REMOVER": {"*": ("imageUrl", "maskUrl")},
    "TEXT_TO_SPEECH": {
        "google-tts": (
            *("text", "languageCode", "name", "audioEncoding"),
            *("pitch", "speakingRate", "volumeGainDb"),
        ),
        "elevenlabs-tts": ("text", "voice_id", "model_id", "output_format", "language_code"),
        "qwen3-tts-flash": ("text", "voice", "language_type"),
        "*": ("text", "voice"),
    },
    "SPEECH_TO_TEXT": {
        "whisper-1": ("audioUrl", "response_format"),
        "latest_*": ("audioUrl", "language"),
        "phone_call": ("audioUrl", "language"),
        "telephony*": ("audioUrl", "language"),
        "medical_*": ("audioUrl", "language"),
        "*": ("audioUrl",),
    },
    "AUDIO_TRANSLATOR": {"*": ("audioUrl",)},
    "TEXT_TO_VIDEO": {
        "kling": ("prompt", "duration", "mode"),
        "sora-2*": ("prompt", "seconds", "size"),
        "*": ("prompt",),
    },
    "IMAGE_TO_VIDEO": {"kling": ("imageUrl", "duration", "mode"), "*": ("imageUrl",)},
    "CODE_GENERATOR": {"*": ("prompt",)},
}
ABSENT = (None, "")


def missing(feature: str, model: str, prompt_object: Mapping[str, Any]) -> Faults:
    fields = next(
        fields for like, fields in REQUIRED[feature].items() if fnmatchcase(model, like)
    )
    return [
        fault(name, f"{name} is required")
        for name in fields
        if prompt_object.get(name) in ABSENT
    ]
