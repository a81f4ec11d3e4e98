"""A picture: a real PNG of one colour, as large as was asked."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_SIDE = 4096
DEFAULT = (256, 256)
PER_PART = 128  # pixels for each part of an aspect ratio


def png(width: int, height: int, seed: str) -> bytes:
    """Another seed is another colour, so several pictures are told apart."""
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    palette = hashlib.sha256(seed.encode(errors="replace")).digest()[:3] + b"\xff\xff\xff"
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", _blank(width, height))]
    return SIGNATURE + b"".join(_chunk(*chunk) for chunk in [*chunks, (b"IEND", b"")])


def dimensions(prompt_object: Mapping[str, Any]) -> tuple[int, int]:
    if match := SIZE.fullmatch(str(prompt_object.get("size"))):
        return min(int(match[1]), MOST_SIDE), min(int(match[2]), MOST_SIDE)
    sides = prompt_object.get("aspect_width"), prompt_object.get("aspect_height")
    match sides:
        case int(width), int(height):
            return width * PER_PART, height * PER_PART
    return DEFAULT


def size(data: bytes) -> tuple[int, int]:
    """Of a PNG; nobody looks into other files here."""
    if not data.startswith(SIGNATURE) or len(data) < len(SIGNATURE) + 16:
        return DEFAULT
    width, height = struct.unpack_from(">II", data, len(SIGNATURE) + 8)
    return min(width, MOST_SIDE), min(height, MOST_SIDE)


@lru_cache(maxsize=32)
def _blank(width: int, height: int) -> bytes:
    """Rows of one bit a pixel, all of the palette's first colour, without a filter."""
    return zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)


def _chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    )
