"""Pictures as OpenAI's clients expect them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from utils.domain.chat import Usage
from utils.domain.drawings import Drawn
from utils.domain.files import file_type
from utils.errors import RelayError
from utils.wire.errors import openai_error
from utils.wire.named_events import named

_QUALITIES = ("low", "medium", "high", "xhigh", "max")
_BACKGROUNDS = ("transparent", "opaque")
_FORMATS = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`data` is empty where the URLs are enough. `revised` is the prompt that was used, where
    it is not the client's.
    """

    drawn: Drawn
    data: Sequence[bytes] = ()
    revised: str = ""


def encode(shown: Shown, created: int) -> dict[str, Any]:
    """What is not known is left out."""
    drawn = shown.drawn
    told = {
        "size": drawn.size,
        "quality": drawn.quality if drawn.quality in _QUALITIES else "",
        "background": drawn.background if drawn.background in _BACKGROUNDS else "",
        "output_format": _format(drawn.urls[0], next(iter(shown.data), b"")),
        "usage": _usage(drawn.usage) if drawn.usage.source == "upstream" else None,
    }
    return {
        "created": created,
        "data": [_image(*each, shown.revised) for each in _each(shown)],
        **{name: value for name, value in told.items() if value},
    }


def frames(shown: Shown, completed: str, created: int) -> Iterator[bytes]:
    """An event, called so, for each picture. All cost together what the last one tells."""
    each = _each(shown)
    for number, (url, data) in enumerate(each, 1):
        drawn = shown.drawn
        used = drawn.usage if number == len(each) else Usage(0, 0)
        told = {
            "type": completed,
            "b64_json": base64.b64encode(data).decode(),
            "created_at": created,
            "size": drawn.size or "auto",
            "quality": drawn.quality if drawn.quality in _QUALITIES else "auto",
            "background": drawn.background or "auto",
            "output_format": _format(url, data) or "png",
            "usage": _usage(used),
        }
        yield named(told)


def error_frame(error: RelayError) -> bytes:
    return named({"type": "error", **openai_error(error)})


def _each(shown: Shown) -> list[tuple[str, bytes]]:
    data = shown.data or [b""] * len(shown.drawn.urls)
    return list(zip(shown.drawn.urls, data, strict=True))


def _image(url: str, data: bytes, revised: str) -> dict[str, str]:
    where = {"b64_json": base64.b64encode(data).decode()} if data else {"url": url}
    return {**where, "revised_prompt": revised} if revised else where


def _format(url: str, data: bytes) -> str:
    """By the bytes where they are at hand, else by what 1min.ai calls the file."""
    found = file_type(data) if data else None
    extension = found.extension if found else url.partition("?")[0].rpartition(".")[2]
    return _FORMATS.get(extension.lower(), "")


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"text_tokens": usage.input_tokens, "image_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": usage.output_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
