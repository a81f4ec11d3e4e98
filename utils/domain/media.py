"""Pictures, speech and recordings: what is asked of a model that makes or hears them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from utils.errors import InvalidRequest

Sides = tuple[int, int]  # width and height: in pixels, or of a ratio

LONGEST_SIDE = 10_000
WIDEST = 8  # no model draws one side longer than so many times the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to draw. Whatever is empty is left to the model. `negative` is what not to draw,
    `mode` the haste of models that know several: fast or relax.
    """

    prompt: str
    model: str
    n: int = 1
    size: Sides | None = None
    aspect: Sides | None = None
    quality: str = ""
    style: str = ""
    background: str = ""
    output_format: str = ""
    output_compression: int | None = None
    negative: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Variation:
    """Another picture like `image`, which is an asset's path or a URL. `picture` says how it is
    made; its prompt may be empty.
    """

    image: str
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What to say. An empty `voice` or `format` is left to the model."""

    text: str
    model: str
    voice: str = ""
    format: str = ""
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How a chat's answer is to be spoken. What is empty is left to the model."""

    voice: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A spoken answer, whole. `format` is mp3, wav or another file's extension."""

    data: bytes
    format: str
    transcript: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What to write down: `audio` is an asset's path or a URL. `prompt` tells of its words,
    `timed` asks when each was said, `translated` for all of it in English.
    """

    audio: str
    model: str
    language: str = ""
    prompt: str = ""
    temperature: float | None = None
    timed: bool = False
    translated: bool = False


_SIZE = re.compile(r"(\d{1,9})[x\u00d7](\d{1,9})", re.IGNORECASE)
_ASPECT = re.compile(r"(\d{1,9}):(\d{1,9})")
# Some editors make one long dash of two.
_DASHES = re.compile(r"(?<!\S)(--|[\u2014\u2013])(?=[A-Za-z])")
_WORD = re.compile(r"(\S+)\s*(.*)", re.DOTALL)


def size(text: str, param: str) -> Sides:
    """Of `1024x1536`. Raises InvalidRequest, which names `param`."""
    return _sides(_SIZE.fullmatch(text), "a size like 1024x1536", param)


def aspect(text: str, param: str) -> Sides:
    """Of `16:9`. Raises InvalidRequest, which names `param`."""
    return _sides(_ASPECT.fullmatch(text), "an aspect ratio like 16:9", param)


def _sides(found: re.Match[str] | None, expected: str, param: str) -> Sides:
    if not found:
        raise InvalidRequest(f"There must be {expected}.", param=param)
    sides = int(found[1]), int(found[2])
    if not 0 < min(sides) <= max(sides) <= LONGEST_SIDE:
        raise InvalidRequest(f"The sides must be 1 to {LONGEST_SIDE}.", param=param)
    if max(sides) > WIDEST * min(sides):
        message = f"One side must be at most {WIDEST} times as long as the other."
        raise InvalidRequest(message, param=param)
    return sides


def with_flags(picture: Picture, param: str) -> Picture:
    """`--ar 16:9`, `--size 1024x1536`, `--no text`, `--fast` and `--relax` taken out of the
    prompt and heeded; a prompt without any stays as it is.

    Raises InvalidRequest for a flag without its value, naming `param`.
    """
    begun, *parts = _DASHES.split(picture.prompt)
    kept, unwanted, fields = [begun], [picture.negative], dict[str, Any]()
    for dash, part in zip(parts[::2], parts[1::2], strict=True):
        name, rest = _first_word(part)
        match name.lower():
            case "ar":
                value, rest = _first_word(rest)
                fields["aspect"] = aspect(value, param)
            case "size":
                value, rest = _first_word(rest)
                fields["size"] = size(value, param)
            case "no":
                value, _, rest = rest.partition("\n")
                unwanted.append(_unwanted(value, param))
            case "fast" | "relax" as mode:
                fields["mode"] = mode
            case _:
                rest = dash + part
        kept.append(rest)
    prompt = "".join(kept)
    if prompt == picture.prompt:
        return picture
    negative = ", ".join(filter(None, unwanted))
    return replace(picture, prompt=prompt.strip(), negative=negative, **fields)


def _first_word(text: str) -> tuple[str, str]:
    """And what follows it."""
    found = _WORD.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)


def _unwanted(text: str, param: str) -> str:
    if not text.strip():
        raise InvalidRequest("--no must be followed by what not to draw.", param=param)
    return text.strip()
