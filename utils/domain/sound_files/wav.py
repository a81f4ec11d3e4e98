"""WAV, whose head is often written before the length of the sound is known."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

MOST_PARTS = 4096  # that are looked at for the sound
LONGEST_HEAD = 4096  # bytes


def seconds(data: bytes) -> float | None:
    """By what is there, should the head promise more."""
    rate = 0
    for name, at, size in _parts(data):
        if name == b"fmt " and at + 12 <= len(data):
            (rate,) = struct.unpack_from("<I", data, at + 8)
        if name == b"data" and rate:
            return (min(size, len(data) - at) or len(data) - at) / rate
    return None


def mended(head: bytes, total: int) -> bytes:
    """How a file of `total` bytes begins, with its sizes made true where they cannot be."""
    for name, at, size in _parts(head):
        if name == b"data" and (size > total - at or not size):
            return _sized(head, at, total)
    return head


def joined(heads: Sequence[bytes], sizes: Sequence[int]) -> list[bytes] | None:
    """How each of these files has to begin for all of them to be one. None where they are not
    of one format, or there is more in them than sound.
    """
    begins = list[int]()
    for head, total in zip(heads, sizes, strict=True):
        parts = {name: (at, size) for name, at, size in _parts(head)}
        at, size = parts.get(b"data", (0, 0))
        if not at or 0 < size < total - at or _format(head) != _format(heads[0]):
            return None
        begins.append(at)
    total = begins[0] + sum(sizes) - sum(begins)
    others = [head[at:] for head, at in zip(heads[1:], begins[1:], strict=True)]
    return [_sized(heads[0], begins[0], total), *others]


def _format(head: bytes) -> bytes | None:
    return next((head[at : at + 16] for name, at, _ in _parts(head) if name == b"fmt "), None)


def _sized(head: bytes, at: int, total: int) -> bytes:
    """For a sound that begins `at`, in a file of `total` bytes."""
    fixed = bytearray(head)
    fixed[4:8] = struct.pack("<I", total - 8)
    fixed[at - 4 : at] = struct.pack("<I", total - at)
    return bytes(fixed)


def _parts(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and promised size of each, up to the sound."""
    at, name = 12, b""
    for _ in range(MOST_PARTS):
        if at + 8 > len(data) or name == b"data":
            return
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2
